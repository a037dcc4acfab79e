"""Where commands print: results on standard output, everything about the work on standard error."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from rich.console import Console, ConsoleOptions
from rich.segment import Segment

from modelyard.shell.printable import printable

_WIDE = 240


class PlainConsole(Console):
    """A console to which texts are texts, whoever wrote them: no markup in them, no codes, no escapes.

    Names in a catalog, a table of records or an answer of AWS are others' words. Colours come from styles alone.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, **options)

    def render(self, renderable: Any, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed, with every character that would steer the terminal spelt out."""
        for segment in super().render(renderable, options):
            text = segment.text
            if segment.control or text.isprintable():
                yield segment
            else:
                yield Segment(printable(text, keep="\n"), segment.style, segment.control)


@cache
def results() -> Console:
    """Standard output, for what the command was asked for; a pipe or a file gets lines as wide as they are."""
    console = PlainConsole()
    return console if console.is_terminal else PlainConsole(width=_WIDE, soft_wrap=True)


@cache
def notices() -> Console:
    """Standard error, for progress and problems."""
    console = PlainConsole(stderr=True)
    return console if console.is_terminal else PlainConsole(stderr=True, width=_WIDE, soft_wrap=True)
