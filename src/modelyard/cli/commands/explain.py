"""`modelyard explain`: what is behind the id that a check prints."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from modelyard.shell.failure import Failure

_LONGEST_EXAMPLE = 24


def explain(
    rule: Annotated[
        str | None, typer.Argument(help="an id such as MY014; all of them are listed without one", show_default=False)
    ] = None,
) -> None:
    """Say what a rule asks for, why, by which source, what to do, with an example that fails and one that passes."""
    from modelyard.rules.catalogue import explained_rules
    from modelyard.rules.engine import waivable_rules

    known = explained_rules()
    if rule is None:
        for one in known.values():
            print(f"{one.id} {one.severity:7}  {one.title}")
        return
    found = known.get(_as_printed(rule))
    if found is None:
        from modelyard.catalog.suggestion import did_you_mean

        hint = did_you_mean(_as_printed(rule), known) or f": ids go from {min(known)} to {max(known)}"
        raise Failure(f"there is no rule {rule}{hint} (`modelyard explain` lists all)")
    waivable = found.id in waivable_rules()
    waiver = "an entry may waive it, with a reason and a last day" if waivable else "it cannot be waived"
    print(f"{found.id} ({found.severity}): {found.title}\n")
    for label, text in (("why", found.reason), ("source", found.source), ("fix", found.fix), ("waiver", waiver)):
        print(f"{label + ':':8} {text}")
    for label, example in (("fails", found.fails), ("passes", found.passes)):
        print(f"\n{label}:\n{_indented(example)}")


def _as_printed(rule: str) -> str:
    """`my14` and `14` as the id that a check prints."""
    number = re.fullmatch(r"(?:MY)?-?0*(\d{1,3})", rule.strip().upper())
    return f"MY{int(number[1]):03}" if number else rule.strip().upper()


def _indented(example: str) -> str:
    lines = example.splitlines()
    if len(lines) > _LONGEST_EXAMPLE:
        left_out = len(lines) - _LONGEST_EXAMPLE
        lines = [*lines[:_LONGEST_EXAMPLE], f"# ... and {left_out} lines of the same kind"]
    return "\n".join(f"    {line}" for line in lines)
