"""What a rule is: one file of this folder, one id, one reason, one check.

A rule's module holds `RULE` and one of

    def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]           asked for every entry
    def check_environment(catalog: Catalog) -> Iterator[Violation]             asked once, about what entries share
    def check_day(entry: Entry, today: date) -> Iterator[Violation]            asked for every entry, with the day
    def check_waivers(entry: Entry, use: WaiverUse) -> Iterator[Violation]      asked for every entry, after all others

An error is something AWS documents or its API proves that it refuses; what is derived or only observed is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from modelyard.catalog.document import Key
from modelyard.catalog.entry import Entry
from modelyard.catalog.problem import Position, Problem, one_line

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What `modelyard explain` says about a rule.

    `waivable` says that an entry may waive it although it is an error: it rests on a dated list or on a guess from a
    name, so that the entry's author can know better. A warning can always be waived. `fails` and `passes` are catalog
    files: YAML below a comment with the file's path, as far as they differ from an ordinary entry.
    """

    id: str
    severity: Severity
    title: str
    reason: str
    source: str
    fix: str
    fails: str
    passes: str
    waivable: bool = False

    @property
    def may_be_waived(self) -> bool:
        """Whether an entry's `waivers` may name it."""
        return self.waivable or self.severity == "warning"


@dataclass(frozen=True)
class Violation:
    """One breach: where in the entry's (or the environment's) tables, and a sentence with value, limit and way out."""

    location: tuple[Key, ...]
    message: str
    at_key: bool = False


@dataclass(frozen=True, kw_only=True)
class WaiverUse:
    """What decides about the waivers of one entry: the rules about entries by id, the ids that it breaks, and the day.

    Without a day nothing is expired and nothing unused: synth must not depend on the clock.
    """

    rules: Mapping[str, Rule]
    broken: frozenset[str]
    today: date | None


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

    @classmethod
    def of_problem(cls, problem: Problem) -> Finding:
        """What the loader found, which is always an error."""
        return cls(problem.path, problem.line, problem.column, problem.rule_id, problem.message, "error")


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
