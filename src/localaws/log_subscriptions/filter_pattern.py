"""Which log events a filter pattern selects.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html: of JSON patterns, comparisons of
one property with a text or a number, joined by && or ||; another JSON pattern is refused. Patterns of plain terms stay
MiniStack's.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

_COMPARISON = re.compile(
    r"""\s*\$(?P<path>(?:\.[A-Za-z0-9_-]+|\[\d+\])+)
        \s*(?P<operator>!=|>=|<=|=|>|<)\s*
        (?:"(?P<text>[^"]*)"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z0-9_.*-]+))\s*""",
    re.VERBOSE,
)
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")
_ABSENT = object()
_NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
}


class PatternNotKnown(ValueError):
    """A JSON pattern that embedded AWS does not know, or that AWS would refuse as well."""


@dataclass(frozen=True)
class _Comparison:
    path: tuple[str | int, ...]
    operator: str
    value: str | float

    def matches(self, event: object) -> bool:
        """A property that is not there compares with nothing, not even as different."""
        found = _at(event, self.path)
        if isinstance(self.value, str):
            if not isinstance(found, str):
                return False
            return fnmatchcase(found, self.value.replace("[", "[[]")) == (self.operator == "=")
        if isinstance(found, bool) or not isinstance(found, int | float):
            return False
        return _NUMBERS[self.operator](found, self.value)


@dataclass(frozen=True)
class JsonPattern:
    """Any of several groups of comparisons that must all hold: && binds closer than ||."""

    alternatives: tuple[tuple[_Comparison, ...], ...]

    @classmethod
    def parse(cls, pattern: str) -> "JsonPattern":
        """Raises `PatternNotKnown`."""
        inner = pattern.strip()[1:-1]
        return cls(tuple(tuple(map(_comparison, group.split("&&"))) for group in inner.split("||")))

    def matches(self, message: str) -> bool:
        """A message that is no JSON object is never selected."""
        try:
            event = json.loads(message)
        except ValueError:
            return False
        return any(all(one.matches(event) for one in group) for group in self.alternatives)


def is_json_pattern(pattern: str) -> bool:
    """JSON patterns stand in curly braces."""
    return pattern.strip().startswith("{") and pattern.strip().endswith("}")


def _comparison(text: str) -> _Comparison:
    found = _COMPARISON.fullmatch(text)
    if found is None:
        raise PatternNotKnown(f"embedded AWS does not know the filter pattern {text.strip()!r}")
    path = tuple(int(index) if index else name for name, index in _STEP.findall(found["path"]))
    value: str | float = float(found["number"]) if found["number"] else found["text"] or found["word"] or ""
    if isinstance(value, str) and found["operator"] not in ("=", "!="):
        raise PatternNotKnown(f"the filter pattern {text.strip()!r} compares a text by size")
    return _Comparison(path, found["operator"], value)


def _at(event: Any, path: tuple[str | int, ...]) -> object:
    for step in path:
        if isinstance(step, int):
            event = event[step] if isinstance(event, list) and step < len(event) else _ABSENT
        else:
            event = event.get(step, _ABSENT) if isinstance(event, dict) else _ABSENT
    return event
