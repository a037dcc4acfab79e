"""What is wrong in a catalog, over all environments that were asked about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from modelyard.catalog.shelf import FilesReadOnce
from modelyard.rules import waiver_unused
from modelyard.rules.reading import read
from modelyard.rules.rule import Finding


@dataclass(frozen=True, kw_only=True)
class Reported:
    """A finding, the environments that have it, and the reason of the waiver that covers it, if one does."""

    finding: Finding
    environments: tuple[str, ...]
    waived: str | None = None


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """Everything that was found, in the order of files and lines."""

    environments: tuple[str, ...]
    reported: tuple[Reported, ...]

    @property
    def errors(self) -> int:
        """How many errors no waiver covers."""
        return self._open("error")

    @property
    def warnings(self) -> int:
        """How many warnings no waiver covers."""
        return self._open("warning")

    @property
    def waived(self) -> int:
        """How many findings a waiver covers."""
        return sum(one.waived is not None for one in self.reported)

    def _open(self, severity: str) -> int:
        return sum(one.finding.severity == severity for one in self.reported if one.waived is None)


def check_catalog(folder: Path, environments: Collection[str], *, every_environment: bool, today: date) -> CheckReport:
    """Hold a catalog against its schema and the rules; a finding that environments share is told once.

    That nothing needs a waiver can be said only if every environment was asked.
    """
    found: dict[tuple[Finding, str | None], list[str]] = {}
    whole = []
    files = FilesReadOnce()
    for name in environments:
        reading = read(folder, name, today=today, files=files)
        if reading.catalog is not None:
            whole.append(name)
        for finding, reason in (*((finding, None) for finding in reading.findings), *reading.waived):
            found.setdefault((finding, reason), []).append(name)
    unused = waiver_unused.RULE.id
    reported = [
        Reported(finding=finding, waived=reason, environments=tuple(names))
        for (finding, reason), names in found.items()
        if finding.rule != unused or (every_environment and names == whole)
    ]
    reported.sort(key=lambda one: (one.finding, one.waived or ""))
    return CheckReport(environments=tuple(environments), reported=tuple(reported))
