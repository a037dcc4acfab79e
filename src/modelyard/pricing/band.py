"""A figure that nobody knows exactly yet: the least it can be, what is expected, the most it can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Band:
    """`low` <= `expected` <= `high` of an amount or a quantity; a difference of two bands keeps no such order."""

    low: Decimal
    expected: Decimal
    high: Decimal

    @classmethod
    def of(cls, amount: Decimal | int) -> Band:
        """What is known to be so much and no other."""
        exact = Decimal(amount)
        return cls(low=exact, expected=exact, high=exact)

    def __add__(self, other: Band) -> Band:
        return Band(low=self.low + other.low, expected=self.expected + other.expected, high=self.high + other.high)

    def __sub__(self, other: Band) -> Band:
        return Band(low=self.low - other.low, expected=self.expected - other.expected, high=self.high - other.high)

    def times(self, factor: Decimal | int) -> Band:
        """Each of the three so many times."""
        return Band(low=self.low * factor, expected=self.expected * factor, high=self.high * factor)

    def in_cents(self) -> Band:
        """US dollars as they are shown; whoever adds amounts up rounds them first, so that parts sum to totals."""
        return Band(low=cents(self.low), expected=cents(self.expected), high=cents(self.high))


NOTHING = Band.of(0)


def cents(usd: Decimal) -> Decimal:
    """An amount of US dollars to the cent, half a cent up."""
    return usd.quantize(_CENT, rounding=ROUND_HALF_UP)


def total(bands: Iterable[Band]) -> Band:
    """The sum of many."""
    return sum(bands, start=NOTHING)
