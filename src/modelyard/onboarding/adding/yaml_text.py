"""YAML as a person would write it: values quoted only where YAML readers would disagree, remarks wrapped."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from modelyard.catalog.scalars import AmbiguousScalarError, plain_scalar

_WIDTH = 118
# What begins or ends a plain scalar, or means something inside one: https://yaml.org/spec/1.2.2/#733-plain-style
_FIRST = frozenset("-?:,[]{}#&*!|>'\"%@` ")
_WITHIN = (": ", " #", ",", "[", "]", "{", "}")


def scalar(value: object) -> str:
    """A value in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return text if _is_plain(text) else json.dumps(text, ensure_ascii=False)


def remark(text: str, *, indent: int = 0) -> Iterator[str]:
    """A comment, as many lines as it takes."""
    prefix = f"{' ' * indent}# "
    yield from textwrap.wrap(
        " ".join(text.split()),
        width=_WIDTH,
        initial_indent=prefix,
        subsequent_indent=prefix,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _is_plain(text: str) -> bool:
    if not text or text[0] in _FIRST or text != text.strip() or not text.isprintable():
        return False
    if text.endswith(":") or any(mark in text for mark in _WITHIN):
        return False
    try:
        return plain_scalar(text) == text
    except AmbiguousScalarError:
        return False
