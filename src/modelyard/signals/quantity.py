"""Figures as people read them: with thousands, with a unit, with no more digits than say something."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

NOTHING = "–"
_LONGEST_NAME = 48


@dataclass(frozen=True, kw_only=True)
class Unit:
    """What durations are shown in."""

    name: str
    milliseconds: float

    def of(self, milliseconds: float) -> float:
        """A duration in this unit."""
        return milliseconds / self.milliseconds


MILLISECONDS = Unit(name="ms", milliseconds=1)
SECONDS = Unit(name="s", milliseconds=1000)
MINUTES = Unit(name="min", milliseconds=60_000)


def unit_for(largest_milliseconds: float) -> Unit:
    """The unit in which the largest of some durations has no more than four digits."""
    if largest_milliseconds < 10_000:
        return MILLISECONDS
    return SECONDS if largest_milliseconds < 600_000 else MINUTES


def duration(milliseconds: float | None, unit: Unit | None = None) -> str:
    """`412 ms`, `12.5 s`; in a given unit where several stand beside each other."""
    if milliseconds is None:
        return NOTHING
    chosen = unit or unit_for(milliseconds)
    return f"{duration_cell(milliseconds, chosen)} {chosen.name}"


def promise(milliseconds: float) -> str:
    """An objective as its entry says it, in seconds, unless it is a part of one."""
    return duration(milliseconds, MILLISECONDS if milliseconds < 1000 else SECONDS)


def duration_cell(milliseconds: float | None, unit: Unit) -> str:
    """The same without the unit, for a column whose head names it."""
    return NOTHING if milliseconds is None else figure(unit.of(milliseconds))


def figure(value: float) -> str:
    """Three digits that count, but never fewer than the whole part has: `0.0412`, `41.2`, `4,123`."""
    if value == 0 or not math.isfinite(value):
        return f"{value:.0f}"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(number: int | None) -> str:
    """`1,234,567`."""
    return NOTHING if number is None else f"{number:,}"


def requests(number: int) -> str:
    """`1 request`, `1,234 requests`."""
    return "1 request" if number == 1 else f"{number:,} requests"


def short(value: float) -> str:
    """For an axis: `1.2k`, `3M`."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def share(part: int, whole: int) -> str:
    """`1.2 %`: what is more than nothing is never shown as `0 %`, what is less than everything never as `100 %`."""
    if not whole:
        return NOTHING
    percent = 100 * part / whole
    if 0 < percent < 0.01:
        return "<0.01 %"
    if 99.99 < percent < 100:
        return ">99.99 %"
    decimals = 2 if percent < 1 or percent > 99 else 1
    text = f"{percent:.{decimals}f}".rstrip("0").rstrip(".")
    return f"{text} %"


def size(number_of_bytes: int) -> str:
    """`1.2 MB`."""
    if number_of_bytes < 1_000_000:
        return f"{number_of_bytes / 1000:,.0f} kB"
    return f"{number_of_bytes / 1_000_000:,.1f} MB"


def name(text: str) -> str:
    """What a caller may have chosen, fit to be shown: no invisible characters, and not endless."""
    seen = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(one).startswith("C") else one for one in text)
    return seen if len(seen) <= _LONGEST_NAME else f"{seen[:_LONGEST_NAME]}…"
