"""A page for each id that a check can print, from what `modelyard explain` says of it."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.rules.catalogue import explained_rules
from modelyard.rules.engine import waivable_rules
from modelyard.rules.rule import Rule
from website.page import Page, block, leaf, prose

FOLDER = "reference/rules"


def rule_pages() -> Iterator[Page]:
    """The pages of all rules, in the order of their ids."""
    for rule in explained_rules().values():
        yield leaf(f"{FOLDER}/{rule.id}.md", *_blocks(rule))


def _blocks(rule: Rule) -> Iterator[str]:
    waiver = (
        "an entry may waive it, with a reason and a last day" if rule.id in waivable_rules() else "cannot be waived"
    )
    source = f"<{rule.source}>" if rule.source.startswith("https://") and " " not in rule.source else prose(rule.source)
    yield f"# {rule.id}: {prose(rule.title)}"
    yield f"One of the [rules](../../docs/rules.md) of `modelyard check`: {_article(rule.severity)}; {waiver}."
    yield f"**Why:** {prose(rule.reason)}"
    yield f"**Fix:** {prose(rule.fix)}"
    yield f"**Source:** {source}"
    yield "## Fails"
    yield block(rule.fails, "yaml")
    yield "## Passes"
    yield block(rule.passes, "yaml")


def _article(severity: str) -> str:
    return f"an {severity}" if severity == "error" else f"a {severity}"
