"""One page of the site before the generator reads it, and how texts of the code are written in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Reached by links, and not in the menu of every page: hundreds of lines there would help nobody.
_NOT_IN_THE_MENU = "---\norphan: true\n---\n\n"


@dataclass(frozen=True)
class Page:
    """A Markdown file of the site, by its path below the site's root."""

    path: str
    text: str


def leaf(path: str, *blocks: str) -> Page:
    """A page of one rule, command or key."""
    return Page(path, _NOT_IN_THE_MENU + "\n\n".join(block for block in blocks if block) + "\n")


def prose(text: str) -> str:
    """A sentence of the code, of which only code between backticks is markup."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick alone is a character
        return _plain(text)
    return "".join(f"`{part}`" if odd else _plain(part) for part, odd in zip(parts, _alternating(), strict=False))


def code(text: str) -> str:
    """A text as code, backticks in it included."""
    marks = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{marks}{space}{text}{space}{marks}"


def block(text: str, language: str = "text") -> str:
    """Lines as they are."""
    return f"````{language}\n{text.rstrip()}\n````"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Rows of Markdown cells; nothing where there are none."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    titles = list(head)
    return "\n".join([f"| {' | '.join(titles)} |", "|" + "---|" * len(titles), *lines])


def _alternating() -> Iterable[bool]:
    odd = False
    while True:
        yield odd
        odd = not odd


def _plain(text: str) -> str:
    return re.sub(r"([\\*<>\[\]{}`])", r"\\\1", text)
