"""Reading a request's JSON with a sentence for everything that is not as it must be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from containers.llm_cpu.errors import RequestRefused


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
                f"{self.prefix}{name} is {_shown(value)}; it must be a whole number, at least {lowest}{most}"
            )
        return value

    def number(self, name: str, *, default: float, lowest: float, highest: float) -> float:
        value = self.members.get(name)
        if value is None:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool) or not lowest <= value <= highest:
            raise RequestRefused(
                f"{self.prefix}{name} is {_shown(value)}; it must be a number from {lowest} to {highest}"
            )
        return float(value)

    def flag(self, name: str) -> bool:
        value = self.members.get(name, False)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise RequestRefused(f"{self.prefix}{name} is {_shown(value)}; it must be true or false")

    def texts(self, name: str) -> tuple[str, ...]:
        """One string or a list of strings; absent gives none."""
        value = self.members.get(name)
        if value is None:
            return ()
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(text, str) and text for text in found):
            raise RequestRefused(
                f"{self.prefix}{name} is {_shown(value)}; it must be a text or a list of texts, none empty"
            )
        return tuple(found)

    def part(self, name: str) -> Fields:
        value = self.members.get(name)
        if value is None:
            return Fields({}, f"{name}.")
        if not isinstance(value, dict):
            raise RequestRefused(f"{self.prefix}{name} is {_shown(value)}; it must be a JSON object")
        return Fields(value, f"{name}.")

    def refuse(self, name: str, *, allowed: tuple[object, ...], reason: str) -> None:
        """For what would change the answer and is not done here: better said than ignored."""
        value = self.members.get(name)
        if value is not None and value not in allowed:
            raise RequestRefused(f"{self.prefix}{name} is {_shown(value)}; {reason}")


def read_object(body: bytes) -> Fields:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestRefused(f"the body is not JSON: {error}") from error
    if b"\\ud" in body.lower() and not _is_unicode(content):
        raise RequestRefused("the body holds half of a surrogate pair (such as \\ud800), which is no character")
    if not isinstance(content, dict):
        raise RequestRefused(f"the body is {_shown(content)}; it must be a JSON object")
    return Fields(content)


def _is_unicode(content: object) -> bool:
    """JSON can escape halves of surrogate pairs; Python keeps them, and no engine takes them."""
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
