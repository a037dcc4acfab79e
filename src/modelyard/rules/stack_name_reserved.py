"""An entry is not called like a stack or dashboard that all entries share."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.physical_names import FLEET, SHARED_STACKS
from modelyard.rules.rule import Rule, Violation

RESERVED = frozenset({*SHARED_STACKS, FLEET})

RULE = Rule(
    id="MY043",
    severity="error",
    title="no entry is called foundation, finance or fleet",
    reason="an entry's stack and dashboard carry the entry's name, and what all entries share carries these.",
    source="modelyard's own stacks, docs/design.md",
    fix="rename the entry's file",
    fails="""\
# catalog/endpoints/finance.yaml
kind: real-time
""",
    passes="""\
# catalog/endpoints/finance-answers.yaml
kind: real-time
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.name in RESERVED:
        yield Violation((), f"{entry.name} is the name of a stack or dashboard that all entries share: rename the file")
