"""Makes a plan: reads both catalogs, compares them entry by entry, and estimates both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from capacity.quota_need import quotas_needed
from capacity.quota_shortfall import shortfalls
from catalog.entry import Catalog, Entry
from catalog.loader import load
from catalog.problem import CatalogErrors, shown_path
from catalog.schema import Organisation
from catalog.suggestion import did_you_mean, one_of
from cli.catalog_files import environment_names, read_deployable
from cli.failure import Failure
from cli.planning import words
from cli.planning.base import NOT_PLANNED, Base, changed_template_code, extract, find_base
from cli.planning.changes import Change, Side, entry_changes, environment_changes
from cli.planning.effects import effects_of
from cli.planning.foundation import foundation_sentences
from cli.planning.plan import EndpointPlan, EnvironmentPlan, Plan, QuotaPlan, SharedPlan
from cli.planning.resources import Place, resources_of
from pricing.endpoint_cost import NO_COST, Cost, endpoint_cost, shared_cost
from pricing.line import Rates
from pricing.prices import MARKED, MARKS
from pricing.terms import Terms
from pricing.usage import FILE_NAME, NO_USAGE, Traffic, Usage, read_usage


@dataclass(frozen=True, kw_only=True)
class Made:
    """A plan with the organisations that judge it: the one in force, and the one that the change writes."""

    plan: Plan
    organisations: tuple[Organisation, ...]


def make_plan(
    folder: Path, *, ref: str | None, environment: str | None, usage_file: Path | None, today: date
) -> Made:  # fmt: skip
    """Compare the catalog as it lies there with the one of a commit.

    Raises:
        Failure: with exit code 1 where a catalog is wrong, 2 where nothing could be compared.
    """
    base = find_base(folder, ref)
    with TemporaryDirectory(prefix="modelyard-plan-") as temporary:
        old_folder = Path(temporary)
        exists = extract(base, old_folder)
        here, there = _environments(folder), _environments(old_folder) if exists else []
        names = _chosen(environment, here, there, folder)
        sides = {
            name: (
                _old_side(base, old_folder, name if name in there else None),
                Side(catalog=read_deployable(folder, name) if name in here else None, folder=folder, show=str),
            )
            for name in names
        }
        usage = _usage(folder, usage_file, sides)
        environments = tuple(
            _environment(name, before, after, usage.get(name, {}), today) for name, (before, after) in sides.items()
        )
    organisations = [
        side.catalog.organisation for pair in sides.values() for side in pair if side.catalog is not None
    ]  # fmt: skip
    plan = Plan(
        base=base.label, commit=base.commit, environments=environments, notes=_notes(base, exists, environments)
    )
    return Made(plan=plan, organisations=tuple(organisations))


def _environments(folder: Path) -> list[str]:
    try:
        return environment_names(folder)
    except Failure:
        return []


def _chosen(asked: str | None, here: Sequence[str], there: Sequence[str], folder: Path) -> list[str]:
    known = sorted({*here, *there})
    if not known:
        raise Failure(
            f"no environment in {folder / 'environments'}, here or on the base: correct --catalog",
            exit_code=NOT_PLANNED,
        )
    if asked is None:
        return known
    if asked not in known:
        raise Failure(
            f"there is no environment {asked} in {folder}{did_you_mean(asked, known)}; "
            f"those that exist: {one_of(known)}",
            exit_code=NOT_PLANNED,
        )
    return [asked]


def _old_side(base: Base, folder: Path, environment: str | None) -> Side:
    extracted = shown_path(folder)

    def show(path: str) -> str:
        return base.shown(path, extracted)

    if environment is None:
        return Side(catalog=None, folder=folder, show=show)
    try:
        return Side(catalog=load(folder, environment), folder=folder, show=show)
    except CatalogErrors as errors:
        lines = tuple(show(str(problem)) for problem in errors.problems)
        count = "a problem" if len(lines) == 1 else f"{len(lines)} problems"
        raise Failure(
            f"the catalog of {base.label} has {count}, so there is nothing to compare with: give another --base",
            details=lines,
        ) from errors


def _usage(folder: Path, asked: Path | None, sides: Mapping[str, tuple[Side, Side]]) -> Usage:
    path = asked or folder / FILE_NAME
    if not path.is_file():
        if asked is None:
            return NO_USAGE
        raise Failure(f"there is no usage file {asked}: correct --usage", exit_code=NOT_PLANNED)
    known = {name: {*before.entries, *after.entries} for name, (before, after) in sides.items()}
    others = [name for name in _environments(folder) if name not in known]
    try:
        return read_usage(path, known, others=others)
    except CatalogErrors as errors:
        lines = tuple(str(problem) for problem in errors.problems)
        count = "a problem" if len(lines) == 1 else f"{len(lines)} problems"
        raise Failure(
            f"the usage file has {count}, nothing was planned:", details=lines, exit_code=NOT_PLANNED
        ) from errors


def _environment(
    name: str, before: Side, after: Side, usage: Mapping[str, Traffic], today: date
) -> EnvironmentPlan:  # fmt: skip
    shown = after.catalog or before.catalog
    assert shown is not None, "an environment is on one of the two sides at least"
    rates = tuple(_rates(side.catalog or shown, today) for side in (before, after))
    changes = environment_changes(before, after)
    endpoints = tuple(
        _endpoint(entry, name, (before, after), (rates[0], rates[1]), usage.get(entry), shown)
        for entry in sorted({*before.entries, *after.entries})
    )
    shared = SharedPlan(
        sentences=tuple(
            foundation_sentences(
                before.catalog.environment if before.catalog else None,
                after.catalog.environment if after.catalog else None,
                name,
            )
        ),
        before=shared_cost(before.catalog.environment, rates[0]) if before.catalog else NO_COST,
        after=shared_cost(after.catalog.environment, rates[1]) if after.catalog else NO_COST,
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
        changes=changes,
        shared=shared,
        quotas=_quotas(after.catalog),
        prices_dated=f"{dates[0]} to {dates[-1]}" if dates else None,
        marks=tuple(f"{MARKS[basis]} is {meaning}" for basis, meaning in MARKED.items() if basis in bases),
    )


def _rates(catalog: Catalog, today: date) -> Rates:
    return Rates(region=catalog.environment.region, terms=Terms.of(catalog.organisation, on=today))


def _endpoint(
    name: str, environment: str, sides: tuple[Side, Side], rates: tuple[Rates, Rates],
    traffic: Traffic | None, shown: Catalog,
) -> EndpointPlan:  # fmt: skip
    old, new = (side.entries.get(name) for side in sides)
    places = tuple(
        Place(name=environment, environment=(side.catalog or shown).environment) for side in sides
    )  # fmt: skip
    changes: tuple[Change, ...] = ()
    effects = effects_of(
        resources_of(old, places[0]) if old else {}, resources_of(new, places[1]) if new else {}
    )  # fmt: skip
    if old is None and new is not None:
        deployment = words.added(new, places[1])
    elif new is None and old is not None:
        deployment = words.removed(old, places[0])
    else:
        assert old is not None and new is not None
        changes = entry_changes(name, *sides)
        deployment = words.changed(
            old, new, places=(places[0], places[1]), effects=effects, rates=rates[1], keys=tuple(changes)
        )
    entry = new or old
    assert entry is not None
    return EndpointPlan(
        name=name,
        endpoint_name=entry.endpoint_name,
        kind=entry.endpoint.kind,
        label=words.runs_on(entry),
        action=deployment.action,
        how=deployment.how,
        sentences=deployment.sentences,
        refused=deployment.refused,
        changes=changes,
        effects=effects,
        before=_cost(old, places[0], traffic, rates[0]),
        after=_cost(new, places[1], traffic, rates[1]),
    )


def _cost(entry: Entry | None, place: Place, traffic: Traffic | None, rates: Rates) -> Cost:
    return NO_COST if entry is None else endpoint_cost(entry, place.environment, traffic, rates)


def _quotas(catalog: Catalog | None) -> QuotaPlan:
    if catalog is None:
        return QuotaPlan(needs=(), shortfalls=None, pulled_on=None)
    needs = quotas_needed((*catalog.entries.values(), *catalog.account_entries))
    if catalog.quotas is None:
        return QuotaPlan(needs=needs, shortfalls=None, pulled_on=None)
    found = tuple(shortfalls(needs, catalog.quotas))
    return QuotaPlan(needs=needs, shortfalls=found, pulled_on=catalog.quotas.pulled_on.isoformat())


def _notes(base: Base, exists: bool, environments: Sequence[EnvironmentPlan]) -> tuple[str, ...]:
    notes = []
    if not exists:
        notes.append(f"{base.label} has no catalog in this place, so everything is new.")
    code = changed_template_code(base)
    if code:
        named = ", ".join(code[:3]) + (f" and {len(code) - 3} more" if len(code) > 3 else "")
        notes.append(
            f"{named} differ from {base.label} too. What they change in the templates is not part of this plan: "
            "`modelyard cdk diff` shows it."
        )
    if not any(one.changed for environment in environments for one in environment.endpoints) and exists:
        notes.append(f"The files here say what {base.label} says; --base compares with another commit.")
    return tuple(notes)
