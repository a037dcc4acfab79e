"""What one run of `modelyard lock` does to a catalog's lock: which choices it makes, keeps and drops."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.instance_lock import (
    FILE_NAME,
    InstanceLock,
    LockedInstance,
    lock_text,
    read_instance_lock,
    undecided,
)
from modelyard.catalog.problem import Problem
from modelyard.catalog.suggestion import did_you_mean, one_of
from modelyard.onboarding.locking.choice import choose
from modelyard.shell.catalog_files import read_sound
from modelyard.shell.failure import Failure


@dataclass(frozen=True, kw_only=True)
class LockChange:
    """What becomes of one entry's choice in one environment; None where there was or is none."""

    environment: str
    region: str
    entry: str
    before: LockedInstance | None
    after: LockedInstance | None
    catalog: Catalog

    @property
    def moved(self) -> bool:
        """Whether what is deployed changes."""
        return (self.before and self.before.instance) != (self.after and self.after.instance)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command line asks for; no names mean every entry, `fallbacks` None keeps how many there are."""

    names: frozenset[str]
    update: bool
    fallbacks: int | None


def changes(folder: Path, environments: Iterable[str], wanted: Wanted, *, today: date) -> list[LockChange]:
    """What becomes of every `instance: auto`, in the order of environments and entries.

    Raises:
        Failure: when a name is no entry that leaves its instance to the lock, or nothing fits one.
    """
    lock = read_lock(folder)
    catalogs = {name: read_sound(folder, name, allow_undecided=True) for name in environments}
    _refuse_other_names(catalogs, wanted.names, folder=folder)
    return [
        change
        for environment, catalog in catalogs.items()
        for change in _in_environment(
            catalog, lock.environments.get(environment, {}), wanted, folder=folder, today=today
        )
    ]


def read_lock(folder: Path) -> InstanceLock:
    """The catalog's lock as it is."""
    problems: list[Problem] = []
    lock = read_instance_lock(folder, problems)
    if lock is None:
        raise Failure(f"{problems[0].path}: {problems[0].message}")
    return lock


def write_lock(folder: Path, found: Iterable[LockChange], *, every_environment: bool) -> bool:
    """Write what has changed, whole or not at all; False where the file already says so."""
    found = list(found)
    before = read_lock(folder).environments
    kept = {} if every_environment else dict(before)
    for environment in {change.environment for change in found} | set(kept):
        kept[environment] = dict(before.get(environment, {}))
    for change in found:
        if change.after is None:
            kept[change.environment].pop(change.entry, None)
        else:
            kept[change.environment][change.entry] = change.after
    path = folder / FILE_NAME
    text = lock_text(InstanceLock(environments=kept))
    if text == (path.read_text("utf-8") if path.exists() else lock_text(InstanceLock())):
        return False
    _replace(path, text)
    return True


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _in_environment(
    catalog: Catalog, before: dict[str, LockedInstance], wanted: Wanted, *, folder: Path, today: date
) -> Iterator[LockChange]:
    automatic = _automatic(catalog)
    for name, entry in automatic.items():
        known = before.get(name)
        yield _change(catalog, name, before=known, after=_choice(entry, catalog, known, wanted, today=today))
    for name in sorted(before.keys() - automatic.keys()):
        # An entry that has mistakes in it is neither read nor gone.
        if name in catalog.entries or not _has_file(folder, name):
            yield _change(catalog, name, before=before[name], after=None)


def _automatic(catalog: Catalog) -> dict[str, Entry]:
    return {name: entry for name, entry in catalog.entries.items() if undecided(entry.as_stated.endpoint.serving)}


def _has_file(folder: Path, name: str) -> bool:
    return (folder / "endpoints" / f"{name}.yaml").exists()


def _change(catalog: Catalog, name: str, *, before: LockedInstance | None, after: LockedInstance | None) -> LockChange:
    return LockChange(
        environment=catalog.environment_name,
        region=catalog.environment.region,
        entry=name,
        before=before,
        after=after,
        catalog=catalog,
    )


def _choice(
    entry: Entry, catalog: Catalog, before: LockedInstance | None, wanted: Wanted, *, today: date
) -> LockedInstance | None:
    asked = not wanted.names or entry.name in wanted.names
    if not asked or (before is not None and not wanted.update and wanted.fallbacks is None):
        return before
    fallbacks = wanted.fallbacks
    if fallbacks is None:
        fallbacks = len(before.instance) - 1 if before else 0
    elif entry.endpoint.kind == "multi-model" and entry.name not in wanted.names:
        fallbacks = 0  # what was asked of all entries is meant for those that can have it
    after = choose(entry, catalog, fallbacks=fallbacks, today=today)
    # The same choice for the same reasons keeps its day: nothing to review.
    if before is not None and after.model_copy(update={"chosen_on": before.chosen_on}) == before:
        return before
    return after


def _refuse_other_names(catalogs: dict[str, Catalog], names: frozenset[str], *, folder: Path) -> None:
    automatic = {name for catalog in catalogs.values() for name in _automatic(catalog)}
    known = {name for catalog in catalogs.values() for name in catalog.entries}
    where = one_of(list(catalogs))
    for name in sorted(names - automatic):
        if name in known:
            raise Failure(f"{name} names its instance in {where}: with `instance: auto` there is something to lock")
        if _has_file(folder, name):
            raise Failure(f"{name} has mistakes in it that come first: `modelyard check` tells them")
        raise Failure(f"no endpoint {name} in {where}{did_you_mean(name, known)}; it knows {one_of(sorted(known))}")
