"""Where commands print: results on standard output, everything about the work on standard error."""

from __future__ import annotations

from functools import cache

from rich.console import Console

_WIDE = 240


@cache
def results() -> Console:
    """Standard output, for what the command was asked for; a pipe or a file gets lines as wide as they are."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE, soft_wrap=True)


@cache
def notices() -> Console:
    """Standard error, for progress and problems."""
    console = Console(stderr=True)
    return console if console.is_terminal else Console(stderr=True, width=_WIDE, soft_wrap=True)
