#!/usr/bin/env python3
"""Count the non-blank lines of code by room, in two commits: `benchmarks/lines_by_room.py BEFORE [AFTER]`."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

from rich.console import Console
from rich.table import Table

# What is counted besides the source roots; tests and benchmarks are not what is installed.
_ROOMS = ("app.py", "catalog", "capacity", "pricing", "rules", "cli", "localaws", "lambdas", "containers", "flink")
_SOURCE_ROOTS = ("src", "constructs", "stacks")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def room(path: str) -> str | None:
    """The room of a file, or None where it is not counted."""
    parts = path.split("/")
    if not path.endswith(".py") or parts[-1].startswith("test_"):
        return None
    if parts[0] in _SOURCE_ROOTS:
        inner = parts[1:-1]
        return (inner[1:] or ["modelyard"])[0] if inner[:1] == ["modelyard"] else (inner or ["modelyard_stacks"])[0]
    return parts[0] if parts[0] in _ROOMS else None


def lines_by_room(commit: str) -> Counter[str]:
    """Non-blank lines of a commit, by room."""
    found: Counter[str] = Counter()
    for path in _git("ls-tree", "-r", "--name-only", commit).splitlines():
        where = room(path)
        if where is not None:
            found[where] += sum(bool(line.strip()) for line in _git("show", f"{commit}:{path}").splitlines())
    return found


def main() -> None:
    """Print the table."""
    before, after = [*sys.argv[1:], "HEAD"][:2]
    counts = lines_by_room(before), lines_by_room(after)
    table = Table("room", before, after, title="non-blank lines of Python")
    for where in sorted({*counts[0], *counts[1]}):
        table.add_row(where, *(f"{count[where]:,}" if count[where] else "" for count in counts))
    table.add_row("all", *(f"{count.total():,}" for count in counts))
    Console().print(table)


if __name__ == "__main__":
    main()
