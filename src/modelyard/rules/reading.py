"""A catalog read and judged at once: a mistake in one file hides no finding about another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from modelyard.catalog.entry import Catalog
from modelyard.catalog.loader import load
from modelyard.catalog.problem import CatalogErrors
from modelyard.catalog.shelf import FilesReadOnce
from modelyard.rules import engine
from modelyard.rules.rule import Finding


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one environment's files say. `catalog` is None where a file is wrong: nothing of it may be deployed."""

    catalog: Catalog | None
    findings: tuple[Finding, ...]
    waived: tuple[tuple[Finding, str], ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop a deploy."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


def read(folder: Path, environment: str, *, today: date | None = None, files: FilesReadOnce | None = None) -> Reading:
    """Load the catalog and hold whatever of it is sound against the rules; `files` as `load` takes them."""
    problems: list[Finding] = []
    try:
        catalog: Catalog | None = load(folder, environment, files=files)
        sound = catalog
    except CatalogErrors as errors:
        catalog, sound = None, errors.sound
        problems = [Finding.of_problem(problem) for problem in errors.problems]
    verdict = engine.judge(sound, today=today) if sound else engine.Judgement(findings=(), waived=())
    return Reading(catalog=catalog, findings=tuple(sorted({*problems, *verdict.findings})), waived=verdict.waived)
