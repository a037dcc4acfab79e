"""Exit codes of commands: the table of docs/operating.md, which is where they are written down."""

from __future__ import annotations

import re
from functools import cache

from website.page import ROOT

EVERY = "every"


@cache
def exit_codes() -> dict[str, dict[str, str]]:
    """What each code means, by command; those of all commands under `every`."""
    section = (ROOT / "docs" / "operating.md").read_text("utf-8").split("## Exit codes\n")[1].split("\n## ")[0]
    found: dict[str, dict[str, str]] = {}
    for command, number, meaning in re.findall(r"^\| `?([a-z-]+)`? \| (\w+) \| (.+) \|$", section, re.MULTILINE):
        if command != "command":
            found.setdefault(command, {})[number] = meaning
    return found


def codes_of(command: str) -> dict[str, str]:
    """Those of one command, with what it shares with all others."""
    codes = exit_codes()
    own = codes.get(command, {})
    return own if "any" in own else dict(sorted({**codes[EVERY], **own}.items(), key=lambda row: int(row[0])))
