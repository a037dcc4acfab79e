"""Reading a request's JSON with a sentence for everything that is not as it must be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NoReturn

from containers.llm_cpu.errors import RequestRefused
from containers.llm_cpu.limits import MOST_JSON_DEPTH, MOST_JSON_PARTS

# Strings as a whole, also one that never ends; possessive, so that no body makes the search go back.
_MARKS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
_SHOWN_CHARACTERS = 60
_SHOWN_MEMBERS = 8


@dataclass(frozen=True)
class Fields:
    """The members of one JSON object; null counts as absent, as OpenAI's clients send it."""

    members: Mapping[str, object]
    prefix: str = ""

    def has(self, name: str) -> bool:
        return self.members.get(name) is not None

    def whole_number(self, name: str, *, default: int, lowest: int, highest: int = 1 << 62) -> int:
        value = self.members.get(name)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            most = "" if highest == 1 << 62 else f" and at most {highest}"
            raise RequestRefused(
                f"{self.prefix}{name} is {shown(value)}; it must be a whole number, at least {lowest}{most}"
            )
        return value

    def number(self, name: str, *, default: float, lowest: float, highest: float) -> float:
        value = self.members.get(name)
        if value is None:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool) or not lowest <= value <= highest:
            raise RequestRefused(
                f"{self.prefix}{name} is {shown(value)}; it must be a number from {lowest} to {highest}"
            )
        return float(value)

    def flag(self, name: str) -> bool:
        value = self.members.get(name, False)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise RequestRefused(f"{self.prefix}{name} is {shown(value)}; it must be true or false")

    def texts(self, name: str) -> tuple[str, ...]:
        """One string or a list of strings; absent gives none."""
        value = self.members.get(name)
        if value is None:
            return ()
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(text, str) and text for text in found):
            raise RequestRefused(
                f"{self.prefix}{name} is {shown(value)}; it must be a text or a list of texts, none empty"
            )
        return tuple(found)

    def part(self, name: str) -> Fields:
        value = self.members.get(name)
        if value is None:
            return Fields({}, f"{name}.")
        if not isinstance(value, dict):
            raise RequestRefused(f"{self.prefix}{name} is {shown(value)}; it must be a JSON object")
        return Fields(value, f"{name}.")

    def refuse(self, name: str, *, allowed: tuple[object, ...], reason: str) -> None:
        """For what would change the answer and is not done here: better said than ignored."""
        value = self.members.get(name)
        if value is not None and value not in allowed:
            raise RequestRefused(f"{self.prefix}{name} is {shown(value)}; {reason}")


def read_object(body: bytes) -> Fields:
    """Refuses what would be dear to read before it is read."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestRefused(f"the body is not JSON: it is not UTF-8 at byte {error.start}") from error
    _refuse_dear(body)
    try:
        content = _decode(text)
    except json.JSONDecodeError as error:
        raise RequestRefused(f"the body is not JSON: {error}") from error
    except RecursionError as error:
        raise RequestRefused("the body is not JSON that can be read: it is nested too deep") from error
    except ValueError as error:
        raise RequestRefused("the body is not JSON that can be read: a number in it has thousands of digits") from error
    if b"\\ud" in body.lower() and not _is_unicode(content):
        raise RequestRefused("the body holds half of a surrogate pair (such as \\ud800), which is no character")
    if not isinstance(content, dict):
        raise RequestRefused(f"the body is {shown(content)}; it must be a JSON object")
    return Fields(content)


def _refuse_dear(body: bytes) -> None:
    """A walk over the marks of the text, which stops at the first too many; whether it is JSON is for the reader."""
    opening = body.count(b"[") + body.count(b"{")
    if opening <= MOST_JSON_DEPTH and opening + body.count(b",") + body.count(b'"') <= MOST_JSON_PARTS:
        # As in nearly every request; counting what lies in strings as well makes it no less true.
        return
    depth = parts = 0
    for found in _MARKS.finditer(body):
        mark = body[found.start()]
        if mark in b"[{":
            depth += 1
            if depth > MOST_JSON_DEPTH:
                raise RequestRefused(f"the body is nested deeper than {MOST_JSON_DEPTH} lists and objects")
        elif mark in b"]}":
            depth -= 1
            continue
        parts += 1
        if parts > MOST_JSON_PARTS:
            raise RequestRefused(
                f"the body holds more than {MOST_JSON_PARTS} lists, objects, strings and commas, which no request needs"
            )


def _refuse_constant(name: str) -> NoReturn:
    raise RequestRefused(f"the body is not JSON: {name} is no number there")


_decode = json.JSONDecoder(parse_constant=_refuse_constant).decode


def _is_unicode(content: object) -> bool:
    """JSON can escape halves of surrogate pairs; Python keeps them, and no engine takes them."""
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(value: object) -> str:
    """The beginning of a value for a sentence; what lies behind it is not even written."""
    text = json.dumps(_beginning(value, 3), ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 3]}..."


def _beginning(value: object, levels: int) -> object:
    if isinstance(value, str):
        return value[:_SHOWN_CHARACTERS]
    if isinstance(value, list):
        return [_beginning(one, levels - 1) for one in value[:_SHOWN_MEMBERS]] if levels else []
    if isinstance(value, dict):
        members = islice(value.items(), _SHOWN_MEMBERS)
        return {name[:_SHOWN_CHARACTERS]: _beginning(one, levels - 1) for name, one in members} if levels else {}
    return value
