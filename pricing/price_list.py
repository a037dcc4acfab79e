"""The public AWS price list of SageMaker: which of its prices endpoints are billed by, and what they are.

An offer holds one price or more for each SKU: on demand and reserved, of hosting, training, notebooks and studio alike.
`price_list_csv` and `price_list_json` read the two forms in which AWS publishes it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from pricing.meters import SAGEMAKER

_FORMAT = "v1.0"
# Usage types of endpoints behind the region's prefix, and the words for the unit that each is billed by. Training,
# batch transform, processing, notebooks and studio have usage types of their own for the same instance types.
_USAGE = re.compile(
    r"(?:[A-Z]{2,4}[0-9]?-)?(?P<usage>(?P<hours>(?:Host|AsyncInf):ml\.[a-z0-9-]+\.[a-z0-9-]+)"
    r"|(?P<seconds>ServerlessInf:Mem-[0-9]+GB|ProvisionedConcurrency:(?:Usage|Mem)-[0-9]+GB)"
    r"|(?P<stored>Host:VolumeUsage\.gp2)|(?P<moved>Hst:Data-Bytes-(?:In|Out)))"
)
_UNITS = {
    "hours": ("Hrs", ("hrs", "hours", "hour")),
    "seconds": ("seconds", ("seconds", "second")),
    "stored": ("GB-Mo", ("gb-mo", "gb-month")),
    "moved": ("GB", ("gb",)),
}


class PriceListError(ValueError):
    """A file that is no price list of SageMaker, or only a part of one; the text says why."""


@dataclass(frozen=True, kw_only=True)
class OfferedPrice:
    """One price on demand, in US dollars per unit."""

    usd: Decimal
    unit: str
    sku: str


@dataclass(frozen=True, kw_only=True)
class PriceList:
    """What a file states: prices by region and usage type; `unclear` are those for which it states more than one."""

    published_on: date
    version: str
    prices: Mapping[tuple[str, str], OfferedPrice]
    unclear: tuple[tuple[str, str], ...]
    currencies: Mapping[str, frozenset[str]]

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions with at least one price."""
        return tuple(sorted({region for region, _ in self.prices}))


class StatedPrice(NamedTuple):
    """One price as an offer states it, every cell a text."""

    sku: str
    usage_type: str
    region: str
    effective_on: str
    starts_at: str
    unit: str
    amount: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class About:
    """What an offer says of itself, every value a text."""

    form: str
    offer: str
    version: str
    published: str


@dataclass(frozen=True, kw_only=True)
class _Row:
    sku: str
    usd: Decimal
    unit: str
    effective_on: str
    first_tier: bool


def gathered(about: About, stated: Iterable[StatedPrice]) -> PriceList:
    """The prices of endpoints among all that an offer states on demand, which are consumed once, in order.

    Raises:
        PriceListError: when it is another offer, or states something that is no price.
    """
    published_on = _published_on(about)
    rows: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    currencies: dict[str, set[str]] = defaultdict(set)
    for one in stated:
        usage = _USAGE.fullmatch(one.usage_type)
        # A price of a later month stands in the list before it holds.
        if usage is None or one.effective_on[:10] > published_on.isoformat():
            continue
        currencies[one.region].add(one.currency)
        row = _row(one, usage) if one.currency == "USD" else None
        if row is not None:
            rows[one.region, usage["usage"]].append(row)
    prices, unclear = {}, []
    for place, found in rows.items():
        price = _one_price(found)
        if price is None:
            unclear.append(place)
        else:
            prices[place] = price
    return PriceList(
        published_on=published_on,
        version=about.version,
        prices=prices,
        unclear=tuple(sorted(unclear)),
        currencies={region: frozenset(names) for region, names in currencies.items()},
    )


def _published_on(about: About) -> date:
    if about.form != _FORMAT:
        raise PriceListError(f"the price list has form {about.form!r}, only {_FORMAT} is understood")
    if about.offer != SAGEMAKER:
        raise PriceListError(f"this is the price list of {about.offer}, not of {SAGEMAKER}")
    try:
        return datetime.fromisoformat(about.published).date()
    except ValueError:
        raise PriceListError(f"the price list was published on {about.published!r}, which is no day") from None


def _row(one: StatedPrice, usage: re.Match[str]) -> _Row | None:
    """A price in dollars; None for what costs nothing, such as a free tier."""
    try:
        usd = Decimal(one.amount)
        first_tier = Decimal(one.starts_at or "0") == 0
    except InvalidOperation:
        raise PriceListError(
            f"{usage['usage']} in {one.region} costs {one.amount!r} from {one.starts_at!r} on: these are no numbers"
        ) from None
    if not usd.is_finite() or usd <= 0:
        return None
    unit, words = _UNITS[next(kind for kind in _UNITS if usage[kind] is not None)]
    if one.unit.lower() not in words:
        raise PriceListError(f"{usage['usage']} in {one.region} is billed per {one.unit!r}, not per {unit}")
    return _Row(sku=one.sku, usd=usd, unit=unit, effective_on=one.effective_on[:10], first_tier=first_tier)


def _one_price(rows: list[_Row]) -> OfferedPrice | None:
    """The price that holds; None where several do: different ones at once, or by how much was used."""
    latest = max(row.effective_on for row in rows)
    holding = [row for row in rows if row.effective_on == latest]
    if len({row.usd for row in holding}) > 1 or not all(row.first_tier for row in holding):
        return None
    first = min(holding, key=lambda row: row.sku)
    return OfferedPrice(usd=first.usd.normalize(), unit=first.unit, sku=first.sku)
