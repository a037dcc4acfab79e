"""The catalog as a command reads it: where its folder is, which environment is meant, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.loader import load
from modelyard.catalog.problem import CatalogErrors
from modelyard.catalog.shelf import FilesReadOnce
from modelyard.catalog.suggestion import did_you_mean, one_of
from modelyard.rules.reading import read as read_and_judge
from modelyard.shell.failure import Failure


def read(folder: Path, environment: str | None, *, allow_undecided: bool = False) -> Catalog:
    """The catalog of one environment; without a name, of the only environment there is."""
    try:
        return load(folder, environment or only_environment(folder), allow_undecided=allow_undecided)
    except CatalogErrors as errors:
        lines = tuple(str(problem) for problem in errors.problems)
        raise Failure(_sentence(folder, len(lines)), details=lines) from errors


def read_sound(folder: Path, environment: str | None, *, allow_undecided: bool = False) -> Catalog:
    """What of the catalog is right, for commands that mend something; only the environment must be."""
    try:
        return load(folder, environment or only_environment(folder), allow_undecided=allow_undecided)
    except CatalogErrors as errors:
        if errors.sound is not None:
            return errors.sound
        lines = tuple(str(problem) for problem in errors.problems)
        raise Failure(_sentence(folder, len(lines)), details=lines) from errors


def read_deployable(folder: Path, environment: str, *, files: FilesReadOnce | None = None) -> Catalog:
    """The catalog of one environment, if no rule says that AWS would refuse a part of it; `files` as `load` has it."""
    reading = read_and_judge(folder, environment, files=files)
    refused = tuple(str(finding) for finding in reading.errors)
    if refused or reading.catalog is None:
        raise Failure(_sentence(folder, len(refused)), details=refused)
    return reading.catalog


def only_environment(folder: Path) -> str:
    """The name of the catalog's only environment."""
    names = environment_names(folder)
    if len(names) == 1:
        return names[0]
    raise Failure(f"which environment? Say --environment with one of {one_of(names)} (or set MODELYARD_ENVIRONMENT)")


def environment_names(folder: Path) -> list[str]:
    """The catalog's environments; there is at least one."""
    names = sorted(path.stem for path in folder.glob("environments/*.yaml"))
    if not names:
        raise Failure(f"no environment in {folder / 'environments'}: give the catalog's folder with --catalog")
    return names


def chosen(catalog: Catalog, names: Iterable[str], *, every: bool) -> list[Entry]:
    """The entries a person named, or all of them."""
    wanted = list(dict.fromkeys(names))
    if every:
        if wanted:
            raise Failure(f"--all and {', '.join(wanted)} at once: name endpoints, or give --all")
        return list(catalog.entries.values())
    if not wanted:
        raise Failure(f"which endpoint? Name one or more of {one_of(catalog.entries)}, or give --all")
    for name in wanted:
        if name not in catalog.entries:
            raise Failure(
                f"no endpoint {name} in the catalog{did_you_mean(name, catalog.entries)}; "
                f"it knows {one_of(catalog.entries)}"
            )
    return [catalog.entries[name] for name in wanted]


def _sentence(folder: Path, problems: int) -> str:
    count = "one problem" if problems == 1 else f"{problems} problems"
    return f"the catalog in {folder}/ has {count}, nothing was done:"
