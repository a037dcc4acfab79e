"""Where commands print: results on standard output, everything about the work on standard error."""

from __future__ import annotations

from functools import cache

from rich.console import Console


@cache
def results() -> Console:
    """Standard output, for what the command was asked for; a pipe gets it at full width."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, 160), soft_wrap=True)


@cache
def notices() -> Console:
    """Standard error, for progress and problems."""
    console = Console(stderr=True)
    return console if console.is_terminal else Console(stderr=True, width=max(console.width, 160), soft_wrap=True)
