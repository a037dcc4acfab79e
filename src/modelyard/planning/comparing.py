"""Compares one environment of two catalogs, entry by entry, and estimates both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from modelyard.capacity.quota_need import quotas_needed
from modelyard.capacity.quota_shortfall import shortfalls
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.naming import FOUNDATION
from modelyard.catalog.objectives import writes_records
from modelyard.catalog.schema import Organisation
from modelyard.planning import words
from modelyard.planning.changes import Change, Side, entry_changes, environment_changes
from modelyard.planning.deployment import runs_on
from modelyard.planning.described import Described
from modelyard.planning.effects import effects_of
from modelyard.planning.foundation import foundation_sentences
from modelyard.planning.place import Place
from modelyard.planning.plan import PlannedEndpoint, PlannedEnvironment, PlannedStack, QuotaPlan, SharedPlan
from modelyard.planning.resource_words import resource_sentences
from modelyard.pricing.band import Band
from modelyard.pricing.endpoint_cost import NO_COST, Cost, endpoint_cost, requests_of
from modelyard.pricing.hosting import Hosting, hosting_of
from modelyard.pricing.line import Rates
from modelyard.pricing.prices import MARKED, MARKS
from modelyard.pricing.resources import Resources
from modelyard.pricing.shared_cost import shared_cost
from modelyard.pricing.terms import Terms
from modelyard.pricing.usage import Traffic

# Where it stands which image an engine publishes; it is the project's and not the catalog's.
_IMAGES = "modelyard/catalog/images.json:1:1"


@dataclass(frozen=True, kw_only=True)
class _View:
    """One side of an environment: its catalog, where it is deployed to, of what, at which rates."""

    side: Side
    place: Place
    rates: Rates
    described: Described
    # What is billed alike and asked the same is counted once.
    _months: dict[tuple[str, Traffic | None], Cost] = field(default_factory=dict)
    _hostings: dict[str, Hosting] = field(default_factory=dict)

    @classmethod
    def of(cls, side: Side, shown: Catalog, name: str, *, described: Described, terms: Terms) -> _View:
        """A side; where it lacks the environment, `shown` stands in for what nothing is deployed to."""
        catalog = side.catalog or shown
        return cls(
            side=side,
            place=Place(name=name, environment=catalog.environment),
            rates=Rates(region=catalog.environment.region, terms=terms),
            described=described,
        )

    def resources(self, stack_id: str) -> Resources:
        """What a stack consists of; nothing where there is none."""
        return self.described.resources(stack_id)

    def hosting(self, name: str) -> Hosting | None:
        """What an entry's stack runs on; None where there is no stack."""
        billed = self.described.billed_as(name)
        if billed is not None and billed not in self._hostings:
            self._hostings[billed] = hosting_of(self.resources(billed))
        return None if billed is None else self._hostings[billed]

    def cost(self, entry: Entry | None, traffic: Traffic | None) -> Cost:
        """What an entry's month costs; nothing where no stack of it is deployed."""
        billed = None if entry is None else self.described.billed_as(entry.name)
        if entry is None or billed is None:
            return NO_COST
        month = self._months.get((billed, traffic))
        if month is None:
            stack, foundation = self.resources(billed), self.resources(FOUNDATION)
            month = self._months[billed, traffic] = endpoint_cost(entry, stack, foundation, traffic, self.rates)
        return month

    def shared_cost(self, usage: Mapping[str, Traffic]) -> Cost:
        """What the foundation's month costs; nothing where the environment is not."""
        if self.side.catalog is None:
            return NO_COST
        return shared_cost(self.resources(FOUNDATION), self.rates, asked=dict(self._asked(usage)))

    def _asked(self, usage: Mapping[str, Traffic]) -> Iterator[tuple[str, Band | None]]:
        for name, entry in self.side.entries.items():
            billed = self.described.billed_as(name)
            if billed is not None and writes_records(entry.endpoint):
                yield name, requests_of(entry, self.resources(billed), usage.get(name))


def compared(
    name: str,
    before: Side,
    after: Side,
    *,
    stacks: tuple[Described, Described],
    usage: Mapping[str, Traffic],
    today: date,
    agreed: Organisation | None = None,
) -> PlannedEnvironment:
    """The plan of one environment. `stacks` are what each side consists of.

    `agreed` is the organisation whose prices hold after the change, where they are not to be those that it writes.
    """
    shown = after.catalog or before.catalog
    assert shown is not None, "an environment is on one of the two sides at least"
    was, becomes = (before.catalog or shown).organisation, agreed or (after.catalog or shown).organisation
    old = _View.of(before, shown, name, described=stacks[0], terms=Terms.of(was, on=today))
    new = _View.of(after, shown, name, described=stacks[1], terms=Terms.of(becomes, on=today))
    endpoints = tuple(
        _endpoint(entry, old, new, usage.get(entry)) for entry in sorted({*before.entries, *after.entries})
    )  # fmt: skip
    environments = [side.catalog.environment if side.catalog else None for side in (before, after)]
    foundations = old.resources(FOUNDATION), new.resources(FOUNDATION)
    effects = effects_of(*foundations) if all(environments) else {}
    shared = SharedPlan(
        effects=effects,
        sentences=(
            *foundation_sentences(environments[0], environments[1], name, foundations=foundations),
            *resource_sentences("the foundation's resources", effects),
        ),
        before=old.shared_cost(usage),
        after=new.shared_cost(usage),
    )
    costs = [shared.before, shared.after, *(cost for one in endpoints for cost in (one.before, one.after))]
    prices = [line.price for cost in costs for line in cost.lines if line.price is not None]
    dates = sorted({price.dated for price in prices})
    bases = {price.basis for price in prices}
    return PlannedEnvironment(
        name=name,
        region=shown.environment.region,
        account=shown.environment.account,
        endpoints=endpoints,
        changes=environment_changes(before, after),
        shared=shared,
        stacks=tuple(_other_stacks(old, new)),
        quotas=_quotas(after.catalog),
        prices_dated=f"{dates[0]} to {dates[-1]}" if dates else None,
        marks=tuple(f"{MARKS[basis]} is {meaning}" for basis, meaning in MARKED.items() if basis in bases),
    )


def _endpoint(name: str, before: _View, after: _View, traffic: Traffic | None) -> PlannedEndpoint:
    old, new = before.side.entries.get(name), after.side.entries.get(name)
    changes: tuple[Change, ...] = ()
    effects = effects_of(before.resources(name), after.resources(name))
    if new is None:
        assert old is not None, "an entry is on one of the two sides at least"
        deployment = words.removed(old, before.place)
    elif old is None:
        deployment = words.added(new, after.place, after.hosting(name))
    else:
        changes = (
            *entry_changes(name, before.side, after.side),
            *_another_image(new, before.resources(name), after.resources(name)),
        )
        deployment = words.changed(
            old,
            new,
            places=(before.place, after.place),
            hostings=(before.hosting(name), after.hosting(name)),
            effects=effects,
            rates=after.rates,
            keys=changes,
        )
    entry = new or old
    assert entry is not None
    return PlannedEndpoint(
        name=name,
        endpoint_name=entry.endpoint_name,
        kind=entry.endpoint.kind,
        label=runs_on((after if new else before).hosting(name)),
        action=deployment.action,
        how=deployment.how,
        sentences=deployment.sentences,
        refused=deployment.refused,
        changes=changes,
        effects=effects,
        before=before.cost(old, traffic),
        after=after.cost(new, traffic),
    )


def _another_image(entry: Entry, before: Resources, after: Resources) -> tuple[Change, ...]:
    """The image that the entry's engine publishes now, where it published another one on the base."""
    was, becomes = _image(before), _image(after)
    serving = entry.endpoint.serving
    if was is None or becomes is None or was == becomes or serving.image is not None or serving.image_tag is not None:
        return ()
    named = [uri.rpartition("/")[2] for uri in (was, becomes)]
    key = f"the image of engine {serving.engine}"
    return (Change(scope="images", key=key, before=named[0], after=named[1], place=_IMAGES),)


def _image(resources: Resources) -> str | None:
    properties = resources.get("Model", {}).get("Properties", {})
    image = properties.get("PrimaryContainer", {}).get("Image")
    return image if isinstance(image, str) else None


def _other_stacks(before: _View, after: _View) -> Iterator[PlannedStack]:
    """The stacks that belong to no entry: an extension adds them."""
    ours = {FOUNDATION, *before.side.entries, *after.side.entries}
    for stack in sorted({*before.described.stacks, *after.described.stacks} - ours):
        effects = effects_of(before.resources(stack), after.resources(stack))
        if effects:
            yield PlannedStack(name=stack, effects=effects, is_gone=stack not in after.described.stacks)


def _quotas(catalog: Catalog | None) -> QuotaPlan:
    if catalog is None:
        return QuotaPlan(needs=(), shortfalls=None, pulled_on=None)
    needs = quotas_needed((*catalog.entries.values(), *catalog.account_entries))
    if catalog.quotas is None:
        return QuotaPlan(needs=needs, shortfalls=None, pulled_on=None)
    found = tuple(shortfalls(needs, catalog.quotas))
    return QuotaPlan(needs=needs, shortfalls=found, pulled_on=catalog.quotas.pulled_on.isoformat())
