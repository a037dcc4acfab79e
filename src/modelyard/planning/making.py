"""Makes a plan: finds the commit, reads both catalogs and what endpoints are asked, and has them compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from modelyard.catalog.entry import Catalog
from modelyard.catalog.loader import load
from modelyard.catalog.naming import FOUNDATION
from modelyard.catalog.problem import CatalogErrors, shown_path
from modelyard.catalog.schema import Organisation
from modelyard.catalog.shelf import FilesReadOnce
from modelyard.catalog.suggestion import did_you_mean, one_of
from modelyard.planning import base_code, presentation
from modelyard.planning.base import Base, extract, find_base
from modelyard.planning.changes import Side
from modelyard.planning.comparing import compared
from modelyard.planning.described import Described, alike
from modelyard.planning.extended import Extended, extension_here, extension_notes, extension_of
from modelyard.planning.git import NOT_PLANNED
from modelyard.planning.plan import Plan, PlannedEnvironment
from modelyard.planning.policy import Verdict, account_changed, judge, rules_changed, strictest_first
from modelyard.planning.snapshot import Snapshot, Stacks, read_snapshot, stacks_of, write_snapshot
from modelyard.pricing.band import total
from modelyard.pricing.resources import UnreadableResource
from modelyard.pricing.usage import FILE_NAME, NO_USAGE, Usage, read_usage
from modelyard.shell.catalog_files import environment_names, read_deployable
from modelyard.shell.failure import Failure


@dataclass(frozen=True, kw_only=True)
class Made:
    """A plan, and what the organisation says to it, the strictest first."""

    plan: Plan
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, kw_only=True)
class _Judgement:
    """The change at the prices and the usage of one of the two sides; `by` says which where it is not its own."""

    by: str
    environments: tuple[PlannedEnvironment, ...]


def make_plan(
    folder: Path,
    *,
    ref: str | None,
    environment: str | None,
    usage_file: Path | None,
    today: date,
    head_ref: str | None = None,
    out: Path | None = None,
    extension: str | None = None,
) -> Made:
    """Compare the catalog as it lies there, or as the commit `head_ref` holds it, with the one of another commit.

    `out` is where a snapshot of this side is written. Where the code differs, the base's own describes what the base
    consists of; but nothing is run that `head_ref` brings. `extension` is a file of CDK code that goes over the stacks,
    where the cdk.json here does not name one: the base has its own, but with `head_ref` the one here serves both.

    Raises:
        Failure: with exit code 1 where a catalog is wrong, 2 where nothing could be compared.
    """
    base = find_base(folder, ref)
    own = extension_here(extension, folder)
    head = None if head_ref is None else find_base(folder, head_ref)
    with TemporaryDirectory(prefix="modelyard-plan-") as temporary:
        old_folder = Path(temporary) / "base"
        exists = extract(base, old_folder)
        if head is not None:
            folder = Path(temporary) / "head"
            if not extract(head, folder):
                raise Failure(f"{head.label} has no catalog in this place: correct --head", exit_code=NOT_PLANNED)
        here, there = _environments(folder), _environments(old_folder) if exists else []
        names = _chosen(environment, here, there, folder)
        # Most files are the same on both sides, and in each environment.
        files = FilesReadOnce()
        sides = {
            name: (
                _old_side(base, old_folder, name if name in there else None, files),
                _new_side(head, folder, name if name in here else None, files),
            )
            for name in names
        }
        before = [old.catalog for old, _ in sides.values() if old.catalog is not None]
        if not before and there:
            # Nothing of the base is compared, and its organisation judges all the same.
            before = [one for one in [_old_side(base, old_folder, there[0], files).catalog] if one is not None]
        in_force = before[0].organisation if before else None
        written = [new.catalog.organisation for _, new in sides.values() if new.catalog is not None]
        usage = _usage(folder, usage_file, sides)
        stated = NO_USAGE if usage_file else _usage(old_folder, None, sides)
        other_code = base_code.differs(base, head)
        theirs = extension_of(base, own, stated=extension is not None)
        described = None
        if head is None and (other_code or not theirs.is_same):
            described = base_code.described_by(
                base,
                old_folder,
                [name for name in names if name in there],
                own_code=other_code,
                extension=theirs.path,
                folder=theirs.folder,
            )
        extended = [None if own is None else Extended(own, side) for side in (old_folder, folder)]
        stacks = {name: _stacks(*pair, described, *extended) for name, pair in sides.items()}
        judgements = _judgements(base.name, sides, stacks, (usage, stated), in_force, written, today=today)
    if out is not None:
        catalogs = {name: new.catalog for name, (_, new) in sides.items()}
        written_stacks = {
            name: stacks[name][1].stacks if own is not None else stacks_of(one)
            for name, one in catalogs.items()
            if one is not None
        }
        write_snapshot(Snapshot(written_stacks), out)
    environments = judgements[0].environments
    policies = [organisation.plan_policy for organisation in (*([in_force] if in_force else []), *written)]
    verdicts = [
        verdict for each in judgements for one in each.environments for verdict in judge(one, policies, by=each.by)
    ]
    verdicts += rules_changed(in_force, written)
    accounts = {catalog.environment.account for catalog in before}
    if in_force is not None:
        for name, pair in sides.items():
            old, new = (side.catalog.environment if side.catalog else None for side in pair)
            verdicts += account_changed(name, old, new, accounts)
    plan = Plan(
        base=base.label,
        commit=base.commit,
        environments=environments,
        notes=(
            *_notes(base, other_code and head is not None, exists, environments),
            *extension_notes(own, base, theirs, head),
            *_dearer(judgements),
        ),
    )
    return Made(plan=plan, verdicts=strictest_first(verdicts))


def make_plan_against(
    path: Path,
    folder: Path,
    *,
    environment: str | None,
    usage_file: Path | None,
    today: date,
    out: Path | None = None,
    extension: str | None = None,
) -> Made:
    """Compare what the catalog deploys by the code here with what it did when a snapshot was written.

    The catalog is the one that lies here, on both sides: what differs is what modelyard makes of it.

    Raises:
        Failure: with exit code 1 where the catalog is wrong, 2 where nothing could be compared.
    """
    snapshot = read_snapshot(path)
    here = _environments(folder)
    sides, files = {}, FilesReadOnce()
    for name in _chosen(environment, here, list(snapshot.environments), folder):
        new = _new_side(None, folder, name if name in here else None, files)
        sides[name] = (_of_snapshot(new, snapshot.environments.get(name)), new)
    written = [new.catalog.organisation for _, new in sides.values() if new.catalog is not None]
    own = extension_here(extension, folder)
    extended = None if own is None else Extended(own, folder)
    stacks = {name: _stacks(*pair, snapshot, None, extended) for name, pair in sides.items()}
    usage = _usage(folder, usage_file, sides)
    [judgement] = _judgements(path.name, sides, stacks, (usage, usage), None, written, today=today)
    if out is not None:
        write_snapshot(Snapshot({name: after.stacks for name, (_, after) in stacks.items() if after.stacks}), out)
    verdicts = [
        verdict
        for one in judgement.environments
        for verdict in judge(one, [each.plan_policy for each in written], by="")
    ]
    gone = [
        f"{name}: {path.name} has a stack {stack} and the catalog here has no such entry; `modelyard orphans` finds it."
        for name, (_, new) in sides.items()
        for stack in sorted(
            snapshot.environments.get(name, {}).keys() - {*new.entries, *stacks[name][1].stacks, FOUNDATION}
        )
    ]
    plan = Plan(base=path.name, commit="", environments=judgement.environments, notes=tuple(gone))
    return Made(plan=plan, verdicts=strictest_first(verdicts))


def _of_snapshot(side: Side, stacks: Stacks | None) -> Side:
    """The side that a snapshot stands for: the entries that it knows."""
    if side.catalog is None or stacks is None:
        return replace(side, catalog=None)
    entries = {name: entry for name, entry in side.catalog.entries.items() if name in stacks}
    return replace(side, catalog=replace(side.catalog, entries=entries))


def _stacks(
    old: Side,
    new: Side,
    described: Snapshot | None,
    extended_before: Extended | None,
    extended_after: Extended | None,
) -> tuple[Described, Described]:
    """What each side consists of. By one code, what is equal in the catalog is equal in the stacks: it is left out."""
    if described is not None:
        shown = new.catalog or old.catalog
        name = shown.environment_name if shown else ""
        after = stacks_of(new.catalog, extended=extended_after) if new.catalog else {}
        return Described(stacks=described.environments.get(name, {})), Described(stacks=after)
    extended = extended_before is not None or extended_after is not None
    if extended or old.catalog is None or new.catalog is None or _placed(old.catalog) != _placed(new.catalog):
        before, after = (
            stacks_of(side.catalog, extended=over) if side.catalog else {}
            for side, over in ((old, extended_before), (new, extended_after))
        )
        return Described(stacks=before), Described(stacks=after)
    equal = [entry for name, entry in new.entries.items() if entry == old.entries.get(name)]
    like = alike(equal)
    standing_in = set(like.values())
    changed = (old.entries.keys() | new.entries.keys()) - like.keys()
    before, after = stacks_of(old.catalog, only=changed), stacks_of(new.catalog, only=changed | standing_in)
    before |= {name: after[name] for name in standing_in & after.keys()}
    return Described(stacks=before, like=like), Described(stacks=after, like=like)


def _placed(catalog: Catalog) -> object:
    """What reaches every stack of an environment, besides the entry itself."""
    return catalog.environment, catalog.organisation.catalog


def _judgements(
    base_name: str,
    sides: Mapping[str, tuple[Side, Side]],
    stacks: Mapping[str, tuple[Described, Described]],
    usages: tuple[Usage, Usage],
    in_force: Organisation | None,
    written: Sequence[Organisation],
    *,
    today: date,
) -> list[_Judgement]:
    """The change as it says itself, then at what the base says: whoever lowers prices or usage lowers no bill."""
    asked, stated = usages
    # An endpoint that the base knows is asked what the base says; one that is new, what the change says.
    both = {name: {**asked.get(name, {}), **stated.get(name, {})} for name in {*asked, *stated}}
    prices: list[tuple[str, Organisation | None]] = [("", None)]
    if in_force is not None and any(one.prices != in_force.prices for one in written):
        prices.append(("prices", in_force))
    traffics = [("", asked)] + ([("usage", both)] if both != asked else [])
    judgements = []
    for (priced, agreed), (used, usage) in product(prices, traffics):
        whose = " and ".join(word for word in (priced, used) if word)
        try:
            environments = tuple(
                compared(name, old, new, stacks=stacks[name], usage=usage.get(name, {}), today=today, agreed=agreed)
                for name, (old, new) in sides.items()
            )
        except UnreadableResource as unreadable:
            raise Failure(
                f"what {base_name} consists of has no price: {unreadable}; describe it again, or choose another",
                exit_code=NOT_PLANNED,
            ) from unreadable
        judgements.append(
            _Judgement(by=f" (by the {whose} of {base_name})" if whose else "", environments=environments)
        )
    return judgements


def _dearer(judgements: Sequence[_Judgement]) -> Iterator[str]:
    """What the change costs at the base's prices or usage, where it writes others."""
    for each in judgements[1:]:
        before = total(one.before_usd for one in each.environments).expected
        after = total(one.after_usd for one in each.environments).expected
        yield (
            f"The difference is {presentation.signed(after - before)} a month{each.by}; the policy judges that as "
            "well, so that the dearer counts."
        )


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


def _old_side(base: Base, folder: Path, environment: str | None, files: FilesReadOnce) -> Side:
    extracted = shown_path(folder)

    def show(path: str) -> str:
        return base.shown(path, extracted)

    if environment is None:
        return Side(catalog=None, folder=folder, show=show)
    try:
        return Side(catalog=load(folder, environment, files=files), folder=folder, show=show)
    except CatalogErrors as errors:
        lines = tuple(show(str(problem)) for problem in errors.problems)
        count = "a problem" if len(lines) == 1 else f"{len(lines)} problems"
        raise Failure(
            f"the catalog of {base.label} has {count}, so there is nothing to compare with: give another --base",
            details=lines,
        ) from errors


def _new_side(head: Base | None, folder: Path, environment: str | None, files: FilesReadOnce) -> Side:
    extracted = shown_path(folder)

    def show(path: str) -> str:
        return path if head is None else head.in_a_checkout(path, extracted)

    if environment is None:
        return Side(catalog=None, folder=folder, show=show)
    try:
        return Side(catalog=read_deployable(folder, environment, files=files), folder=folder, show=show)
    except Failure as failure:
        details = tuple(map(show, failure.details))
        raise Failure(show(failure.sentence), details=details, exit_code=failure.exit_code) from failure


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


def _notes(base: Base, other_code: bool, exists: bool, environments: Sequence[PlannedEnvironment]) -> tuple[str, ...]:
    notes = []
    if not exists:
        notes.append(f"{base.label} has no catalog in this place, so everything is new.")
    if other_code:
        notes.append(
            f"The code that describes stacks differs from {base.label} too. Nothing of --head is run: both sides are "
            "described by the code here: `modelyard plan` in a checkout of it shows what its code changes."
        )
    touched = any(one.changed for environment in environments for one in environment.endpoints)
    if exists and not touched and not any(one.shared.effects for one in environments):
        notes.append(f"The files here say what {base.label} says; --base compares with another commit.")
    return tuple(notes)
