"""A text as a pattern needs to see it, with where each character came from.

Somebody's number is the same number with whatever stands between its digits, in whatever digits it is written, and
however a format escapes it. So spaces of any kind become one space, dashes of any kind one hyphen, what is not seen
nothing (or a hyphen, where it parts digits), digits and letters of other widths and scripts ASCII; escapes of JSON,
URLs, HTML and mail become what they stand for; and several spaces beside a digit are one, as is what makes it bold.
"""

from __future__ import annotations

import html
import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_UNSEEN = "\u200b"
_DASHES = "\u2212\u2043\u02d7\u2796\u2500\u2501\uff5e\u301c"
_DOTS = "\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff65\u0387"
_SLASHES = "\u2044\u2215\u29f8"
# Letters, marks and symbols that show nothing, beside those of Unicode's category of invisible ones.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800"
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x1810))
# Escapes stand in escapes: an address of a URL within JSON. Each round is one deeper.
_ROUNDS = 3
_ESCAPE = re.compile(
    r"\\u\{([0-9A-Fa-f]{1,6})\}|[\\%]u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\x([0-9A-Fa-f]{2})|%([0-9A-Fa-f]{2})"
    r"|\\([0-3][0-7]{2})|\\([nrtbf\"/\\])|(&(?:#[0-9]{1,12}|#[xX][0-9A-Fa-f]{1,12}|[A-Za-z]{2,8});?)|(=\n{1,2})"
)
_IN_HEX, _IN_OCTAL, _IN_SHORT, _IN_HTML = 5, 6, 7, 8
_SHORT = {"n": "\n", "r": "\n", "t": " ", "b": " ", "f": " ", '"': '"', "/": "/", "\\": "\\"}
_UNSEEN_RUN = re.compile(f"{_UNSEEN}+")
# `**4111** 1111`: what makes a text bold stands between digits as well.
_WIDE = re.compile(r"(?<=[\d)])(?:[ *-]{2,8}|\*)(?=[A-Za-z\d(])|(?<=[A-Za-z])[ *-]{2,8}(?=\d)")


class _Forms(dict[int, str]):
    """What a character is looked at as, found once for each."""

    def __missing__(self, code: int) -> str:
        found = self[code] = _form(chr(code))
        return found


def _form(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\n\r":
        return "\n"
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    # A mark sits on what stands before it; a text in UTF-16 has a NUL beside each letter.
    if category in ("Mn", "Me") or character == "\0":
        return _UNSEEN
    if category in ("Zs", "Zl", "Zp", "Cc"):
        return " "
    if category == "Cf" or character in _BLANK or any(ord(character) in some for some in _SELECTORS):
        return _UNSEEN
    if character.isascii():
        return character
    if category == "Pd" or character in _DASHES:
        return "-"
    if category == "Pc":
        return "_"
    for form, those in ((".", _DOTS), ("/", _SLASHES)):
        if character in those:
            return form
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 and plain.isascii() else character


_FORMS = _Forms()


@dataclass(frozen=True)
class PlainText:
    """`origins` has for each character where it began in the text that it was made of, and that text's length last."""

    text: str
    origins: Sequence[int]

    @classmethod
    def of(cls, text: str) -> PlainText:
        """The plain form of a text; as many steps as it has characters, times the rounds of unescaping."""
        plain = cls(text.translate(_FORMS), range(len(text) + 1))
        for _ in range(_ROUNDS):
            if not any(sign in plain.text for sign in ("\\", "%", "&", "=\n")):
                break
            found = plain._rewritten(_ESCAPE, _unescaped)
            if found is plain:
                break
            plain = found
        if _UNSEEN in plain.text:
            plain = plain._rewritten(_UNSEEN_RUN, _seen)
        return plain._rewritten(_WIDE, lambda run: "-" if "-" in run.group() else " ")

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A place in the original text."""
        return self.origins[start], self.origins[end]

    def _rewritten(self, pattern: re.Pattern[str], make: Callable[[re.Match[str]], str | None]) -> PlainText:
        """With what is found replaced by one character, by nothing, or, for None, left."""
        pieces: list[str] = []
        origins: list[int] = []
        place = 0
        for found in pattern.finditer(self.text):
            made = make(found)
            if made is None:
                continue
            pieces += [self.text[place : found.start()], made]
            origins += self.origins[place : found.start()]
            if made:
                origins.append(self.origins[found.start()])
            place = found.end()
        if not pieces:
            return self
        pieces.append(self.text[place:])
        origins += self.origins[place:]
        return PlainText("".join(pieces), origins)


def _unescaped(found: re.Match[str]) -> str | None:
    kind = found.lastindex or 0
    escape = found.group(kind)
    if kind <= _IN_OCTAL:
        code = int(escape, 16 if kind <= _IN_HEX else 8)
        return chr(code).translate(_FORMS) if code <= sys.maxunicode else None
    if kind == _IN_SHORT:
        return _SHORT[escape]
    if kind == _IN_HTML:
        made = html.unescape(escape)
        return made.translate(_FORMS) if len(made) == 1 else None
    # Quoted-printable breaks a long line so, also within a number.
    return ""


def _seen(found: re.Match[str]) -> str:
    text, start, end = found.string, found.start(), found.end()
    return "-" if start and end < len(text) and text[start - 1].isdecimal() and text[end].isdecimal() else ""
