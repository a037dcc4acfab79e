"""Text that somebody else wrote, as a person can see it: one line, without anything that works unseen."""

from __future__ import annotations

import unicodedata

# Cc: control characters, line breaks among them. Cf: what is invisible or turns the direction of writing
# (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing). Zl, Zp: other line breaks. Cs: halves.
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str, *, at_most: int | None = None) -> str:
    """The text with what cannot be seen spelled out (`\\n`, `\\u202e`), cut to a length where one is given."""
    if at_most is not None and len(text) > at_most:
        # Cut before it is looked at: a value of a megabyte costs no more than what is shown of it.
        text = f"{text[:at_most]}…"
    if text.isprintable():
        return text
    return "".join(map(_seen, text))


def _seen(char: str) -> str:
    if unicodedata.category(char) not in _UNSEEN:
        return char
    code = ord(char)
    return _SHORT.get(char) or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )
