"""Which catalogs, which of their files and which environments a person asked `modelyard check` about."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from modelyard.catalog.suggestion import did_you_mean, one_of
from modelyard.checking.report import CheckReport
from modelyard.shell.catalog_files import environment_names
from modelyard.shell.failure import Failure

NOT_CHECKED = 2


@dataclass(frozen=True, kw_only=True)
class Selection:
    """One catalog, the environments to check it for, and the files whose findings are wanted: none means all."""

    folder: Path
    environments: tuple[str, ...]
    every_environment: bool
    paths: tuple[Path, ...]

    def of(self, report: CheckReport) -> CheckReport:
        """The part of a report that the files were asked for."""
        if not self.paths:
            return report
        wanted = tuple(
            one
            for one in report.reported
            if any(_absolute(Path(one.finding.path)).is_relative_to(path) for path in self.paths)
        )
        return CheckReport(environments=report.environments, reported=wanted)


def select(paths: Iterable[Path], *, catalog: Path | None, environment: str | None) -> list[Selection]:
    """One selection for each catalog that the paths lie in; all of `catalog` without any path.

    Raises:
        Failure: with the exit code that says that nothing was checked.
    """
    files: dict[Path, list[Path]] = {}
    for path in paths:
        if not path.exists():
            raise Failure(f"{path} does not exist: correct the path", exit_code=NOT_CHECKED)
        files.setdefault(catalog or _catalog_of(path), []).append(path)
    if not files:
        files[catalog or Path("catalog")] = []
    return [_selection(folder, chosen, environment) for folder, chosen in files.items()]


def _catalog_of(path: Path) -> Path:
    for folder in (path, *_absolute(path).parents):
        if (folder / "environments").is_dir():
            return folder
    raise Failure(f"{path} lies in no catalog: give a file or folder of one, or --catalog", exit_code=NOT_CHECKED)


def _selection(folder: Path, paths: list[Path], environment: str | None) -> Selection:
    inside = _absolute(folder)
    for path in paths:
        if not _absolute(path).is_relative_to(inside):
            raise Failure(f"{path} does not lie in the catalog {folder}: leave one of them out", exit_code=NOT_CHECKED)
    try:
        names = environment_names(folder)
    except Failure as none:
        raise Failure(none.sentence, exit_code=NOT_CHECKED) from none
    if environment is not None and environment not in names:
        raise Failure(
            f"there is no environment {environment} in {folder}{did_you_mean(environment, names)}; "
            f"those that exist: {one_of(names)}",
            exit_code=NOT_CHECKED,
        )
    return Selection(
        folder=folder,
        environments=(environment,) if environment else tuple(names),
        every_environment=environment is None or names == [environment],
        paths=tuple(_absolute(path) for path in paths),
    )


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))
