"""Instances by price: which of those that a model fits is the cheapest, and why each other one is not chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from modelyard.capacity.memory_fit import GIB, Fit
from modelyard.pricing.prices import NOT_PRICED, Price, hourly_price
from modelyard.pricing.terms import LIST_PRICES, Terms


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One instance in the ranking; `reason` says why it is not the first, and is empty for the first."""

    fit: Fit
    price: Price | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Priced instances that fit, cheapest first; those that fit without a price; those that do not fit."""

    region: str
    priced: tuple[Choice, ...]
    unpriced: tuple[Choice, ...]
    unfit: tuple[Choice, ...]

    @property
    def first(self) -> Choice | None:
        """The cheapest that fits; None where none fits or none of them is priced."""
        return self.priced[0] if self.priced else None


def rank(fits: Iterable[Fit], *, region: str, terms: Terms = LIST_PRICES) -> Ranking:
    """The instances by what an hour costs in a region; of two at one price, first the one with more memory to spare.

    `terms` are the company's own prices.
    An instance without a price is never ranked among the others: no price is guessed.
    """
    fitting: list[tuple[Price, Fit]] = []
    unpriced, unfit = [], []
    for found in fits:
        price = hourly_price(found.instance.name, region, terms=terms)
        if not found.fits:
            unfit.append(Choice(fit=found, price=price, reason=why_unfit(found)))
        elif price is None:
            unpriced.append(Choice(fit=found, price=None, reason=f"fits, but is {NOT_PRICED} in {region}"))
        else:
            fitting.append((price, found))
    fitting.sort(key=lambda row: (row[0].usd, -row[1].free_bytes, row[1].instance.name))
    cheapest = fitting[0][0].usd if fitting else Decimal(0)
    return Ranking(
        region=region,
        priced=tuple(
            Choice(fit=found, price=price, reason="" if place == 0 else _why_dearer(price.usd, cheapest))
            for place, (price, found) in enumerate(fitting)
        ),
        unpriced=tuple(unpriced),
        unfit=tuple(unfit),
    )


def why_unfit(found: Fit) -> str:
    """Why a model does not fit an instance, in one clause."""
    if found.problems:
        return found.problems[0]
    needed, has = found.needed_bytes / GIB, found.device_bytes / GIB
    where = "the host" if found.instance.processor == "cpu" else f"each {found.device_word}"
    return f"needs {needed:.1f} GiB on {where}, which has {has:.1f}"


def _why_dearer(usd: Decimal, cheapest: Decimal) -> str:
    if usd == cheapest:
        return "same price, less memory to spare"
    return f"{(usd / cheapest - 1) * 100:.0f} % dearer"
