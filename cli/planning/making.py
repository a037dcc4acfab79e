"""Makes a plan: finds the commit, reads both catalogs and what endpoints are asked, and has them compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from catalog.loader import load
from catalog.problem import CatalogErrors, shown_path
from catalog.schema import Organisation
from catalog.suggestion import did_you_mean, one_of
from cli.catalog_files import environment_names, read_deployable
from cli.failure import Failure
from cli.planning.base import Base, changed_template_code, extract, find_base
from cli.planning.changes import Side
from cli.planning.comparing import compared
from cli.planning.git import NOT_PLANNED
from cli.planning.plan import EnvironmentPlan, Plan
from cli.planning.published_images import other_table
from pricing.usage import FILE_NAME, NO_USAGE, Usage, read_usage


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
        images = other_table(old_folder)
        environments = tuple(
            compared(name, before, after, usage=usage.get(name, {}), images=images, today=today)
            for name, (before, after) in sides.items()
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
