"""What is wrong in the catalog that a commit holds, told as if it were checked out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from modelyard.catalog.problem import shown_path
from modelyard.checking.report import CheckReport, Reported, check_catalog
from modelyard.checking.selection import NOT_CHECKED, select
from modelyard.planning.base import extract, find_base
from modelyard.shell.failure import Failure


def check_commit(catalog: Path, ref: str, *, environment: str | None, today: date) -> CheckReport:
    """Hold the catalog of a commit against its schema and the rules; only its data is read, from git's objects.

    Raises:
        Failure: with the exit code that says that nothing was checked.
    """
    commit = find_base(catalog, ref)
    with TemporaryDirectory(prefix="modelyard-check-") as temporary:
        folder = Path(temporary) / "head"
        if not extract(commit, folder):
            raise Failure(f"{commit.label} has no catalog in this place: correct --head", exit_code=NOT_CHECKED)
        extracted = shown_path(folder)
        [chosen] = select([], catalog=folder, environment=environment)
        report = check_catalog(folder, chosen.environments, every_environment=chosen.every_environment, today=today)

        def shown(one: Reported) -> Reported:
            finding = one.finding
            path, message = (commit.in_a_checkout(text, extracted) for text in (finding.path, finding.message))
            return replace(one, finding=replace(finding, path=path, message=message))

        return CheckReport(environments=report.environments, reported=tuple(map(shown, report.reported)))
