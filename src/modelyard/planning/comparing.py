"""Compares one environment of two catalogs, entry by entry, and estimates both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from modelyard.capacity.quota_need import quotas_needed
from modelyard.capacity.quota_shortfall import shortfalls
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.objectives import writes_records
from modelyard.catalog.problem import shown_path
from modelyard.catalog.schema import Organisation
from modelyard.planning import words
from modelyard.planning.changes import Change, Side, entry_changes, environment_changes
from modelyard.planning.deployment import runs_on
from modelyard.planning.effects import effects_of
from modelyard.planning.foundation import foundation_sentences
from modelyard.planning.plan import EndpointPlan, EnvironmentPlan, QuotaPlan, SharedPlan
from modelyard.planning.published_images import FILE_NAME as IMAGES
from modelyard.planning.published_images import Table
from modelyard.planning.resource import Place, Resources
from modelyard.planning.resources import image_of, resources_of
from modelyard.pricing.endpoint_cost import NO_COST, Cost, endpoint_cost
from modelyard.pricing.line import Rates
from modelyard.pricing.prices import MARKED, MARKS
from modelyard.pricing.shared_cost import requests_of, shared_cost
from modelyard.pricing.terms import Terms
from modelyard.pricing.usage import Traffic


@dataclass(frozen=True, kw_only=True)
class _View:
    """One side of an environment: its catalog, where it is deployed to, at which rates."""

    side: Side
    place: Place
    rates: Rates

    @classmethod
    def of(cls, side: Side, shown: Catalog, name: str, *, images: Table | None, terms: Terms) -> _View:
        """A side; where it lacks the environment, `shown` stands in for what nothing is deployed to."""
        catalog = side.catalog or shown
        return cls(
            side=side,
            place=Place(name=name, environment=catalog.environment, images=images),
            rates=Rates(region=catalog.environment.region, terms=terms),
        )

    def resources(self, entry: Entry | None) -> Resources:
        """What an entry's stack consists of; nothing without an entry."""
        return {} if entry is None else resources_of(entry, self.place)

    def cost(self, entry: Entry | None, traffic: Traffic | None) -> Cost:
        """What an entry's month costs; nothing without an entry."""
        return NO_COST if entry is None else endpoint_cost(entry, self.place.environment, traffic, self.rates)

    def shared_cost(self, usage: Mapping[str, Traffic]) -> Cost:
        """What the foundation's month costs; nothing where the environment is not."""
        if self.side.catalog is None:
            return NO_COST
        writers = {name: entry for name, entry in self.side.entries.items() if writes_records(entry.endpoint)}
        asked = {name: requests_of(entry, usage.get(name)) for name, entry in writers.items()}
        return shared_cost(self.place.environment, self.rates, asked=asked)


def compared(
    name: str,
    before: Side,
    after: Side,
    *,
    usage: Mapping[str, Traffic],
    images: Table | None,
    today: date,
    agreed: Organisation | None = None,
) -> EnvironmentPlan:
    """The plan of one environment; `images` is the base's table of published images where it is another one.

    `agreed` is the organisation whose prices hold after the change, where they are not to be those that it writes.
    """
    shown = after.catalog or before.catalog
    assert shown is not None, "an environment is on one of the two sides at least"
    was, becomes = (before.catalog or shown).organisation, agreed or (after.catalog or shown).organisation
    old = _View.of(before, shown, name, images=images, terms=Terms.of(was, on=today))
    new = _View.of(after, shown, name, images=None, terms=Terms.of(becomes, on=today))
    endpoints = tuple(
        _endpoint(entry, old, new, usage.get(entry)) for entry in sorted({*before.entries, *after.entries})
    )  # fmt: skip
    environments = [side.catalog.environment if side.catalog else None for side in (before, after)]
    shared = SharedPlan(
        sentences=tuple(foundation_sentences(environments[0], environments[1], name)),
        before=old.shared_cost(usage),
        after=new.shared_cost(usage),
    )
    costs = [shared.before, shared.after, *(cost for one in endpoints for cost in (one.before, one.after))]
    prices = [line.price for cost in costs for line in cost.lines if line.price is not None]
    dates = sorted({price.dated for price in prices})
    bases = {price.basis for price in prices}
    return EnvironmentPlan(
        name=name,
        region=shown.environment.region,
        account=shown.environment.account,
        endpoints=endpoints,
        changes=environment_changes(before, after),
        shared=shared,
        quotas=_quotas(after.catalog),
        prices_dated=f"{dates[0]} to {dates[-1]}" if dates else None,
        marks=tuple(f"{MARKS[basis]} is {meaning}" for basis, meaning in MARKED.items() if basis in bases),
    )


def _endpoint(name: str, before: _View, after: _View, traffic: Traffic | None) -> EndpointPlan:
    old, new = before.side.entries.get(name), after.side.entries.get(name)
    changes: tuple[Change, ...] = ()
    effects = effects_of(before.resources(old), after.resources(new))
    if new is None:
        assert old is not None, "an entry is on one of the two sides at least"
        deployment = words.removed(old, before.place)
    elif old is None:
        deployment = words.added(new, after.place)
    else:
        changes = (*entry_changes(name, before.side, after.side), *_another_default(old, before, after))
        deployment = words.changed(
            old, new, places=(before.place, after.place), effects=effects, rates=after.rates, keys=changes
        )
    entry = new or old
    assert entry is not None
    return EndpointPlan(
        name=name,
        endpoint_name=entry.endpoint_name,
        kind=entry.endpoint.kind,
        label=runs_on(entry),
        action=deployment.action,
        how=deployment.how,
        sentences=deployment.sentences,
        refused=deployment.refused,
        changes=changes,
        effects=effects,
        before=before.cost(old, traffic),
        after=after.cost(new, traffic),
    )


def _another_default(old: Entry, before: _View, after: _View) -> tuple[Change, ...]:
    """The image that an engine publishes now where it published another one on the base."""
    was = image_of(old, before.place)
    becomes = image_of(old, Place(name=before.place.name, environment=before.place.environment))
    if was is None or becomes is None or was.uri == becomes.uri:
        return ()
    place = f"{after.side.show(shown_path(after.side.folder / IMAGES))}:1:1"
    key = f"the image of engine {old.endpoint.serving.engine}"
    named = [f"{one.repository}:{one.tag}" for one in (was, becomes)]
    return (Change(scope="images", key=key, before=named[0], after=named[1], place=place),)


def _quotas(catalog: Catalog | None) -> QuotaPlan:
    if catalog is None:
        return QuotaPlan(needs=(), shortfalls=None, pulled_on=None)
    needs = quotas_needed((*catalog.entries.values(), *catalog.account_entries))
    if catalog.quotas is None:
        return QuotaPlan(needs=needs, shortfalls=None, pulled_on=None)
    found = tuple(shortfalls(needs, catalog.quotas))
    return QuotaPlan(needs=needs, shortfalls=found, pulled_on=catalog.quotas.pulled_on.isoformat())
