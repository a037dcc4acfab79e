"""What a rule is: one file of this folder, one id, one reason, one check.

A rule's module holds `RULE` and one of

    def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]      asked for every entry
    def check_environment(catalog: Catalog) -> Iterator[Violation]        asked once, about what entries share

An error is something AWS documents or its API proves that it refuses; what is derived or only observed is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from catalog.document import Key
from catalog.entry import Entry
from catalog.problem import Position, one_line

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What `modelyard explain` says about a rule."""

    id: str
    severity: Severity
    title: str
    reason: str
    source: str
    fix: str


@dataclass(frozen=True)
class Violation:
    """One breach: where in the entry's (or the environment's) tables, and a sentence with value, limit and way out."""

    location: tuple[Key, ...]
    message: str
    at_key: bool = False


@dataclass(frozen=True, order=True)
class Finding:
    """A violation as it is printed: `path:line:column MY014 message`."""

    path: str
    line: int
    column: int
    rule: str
    message: str
    severity: Severity

    def __str__(self) -> str:
        said = self.message if self.severity == "error" else f"warning: {self.message}"
        return f"{self.path}:{self.line}:{self.column} {self.rule} {said}"

    @classmethod
    def of(cls, rule: Rule, violation: Violation, position: Position) -> Finding:
        """The finding of a rule at a position."""
        return cls(position.path, position.line, position.column, rule.id, one_line(violation.message), rule.severity)


def instance_places(entry: Entry) -> Iterator[tuple[tuple[Key, ...], str]]:
    """Every instance type of an entry and where it is written; nothing for serverless."""
    if entry.endpoint.kind == "serverless":
        return
    serving = entry.endpoint.serving
    if isinstance(serving.instance, str):
        yield ("serving", "instance"), serving.instance
        return
    for index, name in enumerate(serving.instance):
        yield ("serving", "instance", index), name
