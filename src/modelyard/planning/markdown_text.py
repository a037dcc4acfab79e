"""Foreign text in GitHub-flavoured Markdown: whatever it holds, it stays text.

Two forms and no third: a value stands in a code span, a sentence that may quote values is escaped. Neither can end a
table's cell, begin a block, link, mention or hide anything: https://github.github.com/gfm/.
"""

from __future__ import annotations

import re

from modelyard.shell.foreign_text import visible

_LONGEST_CODE = 300
_LONGEST_PROSE = 1_500
# As character references these are never structure, whatever stands beside them: a backslash would not do, since two
# readers of tables disagree about the ones before a bar. https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references
_STRUCTURE = re.compile(r"[&<>\[\]*_~|\\`]|\$(?!\d)")
# GitHub looks for these in the text that is left after Markdown is read, where a reference is a character again:
# @somebody, #12, GH-12, addresses, :emoji:. A space of no width parts them.
_REFERENCE = re.compile(r"@|#(?=\d)|(?<=[Gg][Hh]-)(?=\d)|:(?=//|[\w+-]{1,80}:)|(?<=[Ww][Ww][Ww])(?=\.)")
_NO_WIDTH = "\u200b"
# What would be a heading, a list, a quotation or code at the start of a line.
_BLOCK = re.compile(r"[#=\s]|\+(?=\s|$)|-(?=[\s\-]|$)|\d+(?=[.)])")


def code(text: str) -> str:
    """A code span, outside of tables; its fence is longer than any run of backticks in it."""
    shown = visible(text, at_most=_LONGEST_CODE)
    if not shown.strip():
        return f"`'{shown}'`"
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    # A reader takes one space from both ends, where both have one.
    pad = " " if shown[0] in " `" or shown[-1] in " `" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def cell_code(text: str) -> str:
    """A code span in a table's cell, which a bar would end even there; no escape of a bar is read by all alike."""
    return code(text.replace("|", "\\x7c"))


def prose(text: str) -> str:
    """A sentence of ours that may quote foreign words; its commands keep their backticks. It fits into a cell, too."""
    shown = visible(text, at_most=_LONGEST_PROSE).strip()
    if text and not shown:
        return "&#32;"
    parts = shown.split("`")
    if len(parts) % 2 == 0 or not all(part.strip(" ") for part in parts[1::2]):
        # Not pairs: then somebody else's is among them, and none is a fence.
        return _at_the_start(_escaped(shown))
    spans = (cell_code(part) if place % 2 else _escaped(part) for place, part in enumerate(parts))
    return _at_the_start("".join(spans))


def _escaped(text: str) -> str:
    # What is visible holds no space without width, so that every one in here is ours.
    parted = _REFERENCE.sub(lambda found: f"{found[0]}{_NO_WIDTH}", text)
    return _STRUCTURE.sub(lambda found: f"&#{ord(found[0])};", parted).replace(_NO_WIDTH, "&#8203;")


def _at_the_start(text: str) -> str:
    found = _BLOCK.match(text)
    if found is None:
        return text
    first = found[0]
    if first[0].isdigit():
        return f"{first}&#{ord(text[found.end()])};{text[found.end() + 1 :]}"
    return f"&#{ord(first)};{text[1:]}"
