"""Texts of others as a terminal may be sent them: what nobody sees is spelt out and steers nothing."""

from __future__ import annotations


def printable(text: str, *, keep: str = "\n\t") -> str:
    """The text with escapes for its control characters, those of direction and of terminals included.

    Line breaks stay unless `keep` says less: at the start of a line a name could be a command to whoever reads the log.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _spelt(char) for char in text)


def in_one_line(text: str) -> str:
    """The same without line breaks."""
    return printable(" ".join(text.splitlines()) if len(text.splitlines()) > 1 else text.rstrip("\r\n"), keep="")


def _spelt(char: str) -> str:
    return " " if char.isspace() and ord(char) >= 0xA0 else ascii(char)[1:-1]
