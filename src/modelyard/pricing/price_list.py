"""An offer of the public AWS price list: which of its prices an estimate counts, and what they are.

An offer holds one price or more for each SKU: on demand and reserved, SageMaker's of hosting, training, notebooks and
studio alike. `price_list_csv` and `price_list_json` read the two forms in which AWS publishes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from modelyard.catalog.suggestion import one_of
from modelyard.pricing.offers import OFFERS, Offer, is_unit

_FORMAT = "v1.0"


class PriceListError(ValueError):
    """A file that is no price list of ours, or only a part of one; the text says why."""


@dataclass(frozen=True, kw_only=True)
class OfferedPrice:
    """One price on demand, in US dollars per unit."""

    usd: Decimal
    unit: str
    sku: str


@dataclass(frozen=True, kw_only=True)
class PriceList:
    """What the list of an offer states: prices by region and usage type.

    `unclear` are the usages for which it states nothing that could be taken, each with the reason.
    """

    offer: str
    published_on: date
    version: str
    prices: Mapping[tuple[str, str], OfferedPrice]
    unclear: Mapping[tuple[str, str], str]
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
    volume_type: str


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
    effective_on: str
    starts_at: Decimal
    unit: str


def gathered(about: About, stated: Iterable[StatedPrice]) -> PriceList:
    """The prices that are counted among all that an offer states on demand, which are consumed once, in order.

    Raises:
        PriceListError: when it is another offer, or states something that is no price.
    """
    published_on = _published_on(about)
    offer = OFFERS[about.offer]
    rows: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    units: dict[str, str] = {}
    currencies: dict[str, set[str]] = defaultdict(set)
    for one in stated:
        found = offer.usage(one.usage_type, one.volume_type)
        # A price of a later month stands in the list before it holds.
        if found is None or one.effective_on[:10] > published_on.isoformat():
            continue
        usage, units[usage] = found
        currencies[one.region].add(one.currency)
        row = _row(one, usage) if one.currency == "USD" else None
        if row is not None:
            rows[one.region, usage].append(row)
    prices: dict[tuple[str, str], OfferedPrice] = {}
    unclear: dict[tuple[str, str], str] = {}
    for place, stated_rows in sorted(rows.items()):
        price = _one_price(stated_rows, offer, units[place[1]])
        if isinstance(price, str):
            unclear[place] = price
        else:
            prices[place] = price
    return PriceList(
        offer=offer.code,
        published_on=published_on,
        version=about.version,
        prices=prices,
        unclear=unclear,
        currencies={region: frozenset(names) for region, names in currencies.items()},
    )


def _published_on(about: About) -> date:
    if about.form != _FORMAT:
        raise PriceListError(f"the price list has form {about.form!r}, only {_FORMAT} is understood")
    if about.offer not in OFFERS:
        raise PriceListError(f"this is the price list of {about.offer}, not of {one_of(OFFERS)}")
    try:
        return datetime.fromisoformat(about.published).date()
    except ValueError:
        raise PriceListError(f"the price list was published on {about.published!r}, which is no day") from None


def _row(one: StatedPrice, usage: str) -> _Row | None:
    """A price in dollars; None for what costs nothing, such as a free tier."""
    try:
        usd = Decimal(one.amount)
        starts_at = Decimal(one.starts_at or "0")
    except InvalidOperation:
        raise PriceListError(
            f"{usage} in {one.region} costs {one.amount!r} from {one.starts_at!r} on: these are no numbers"
        ) from None
    if not usd.is_finite() or usd <= 0:
        return None
    return _Row(sku=one.sku, usd=usd, effective_on=one.effective_on[:10], starts_at=starts_at, unit=one.unit)


def _one_price(rows: list[_Row], offer: Offer, unit: str) -> OfferedPrice | str:
    """The price that holds, or why there is none to take."""
    latest = max(row.effective_on for row in rows)
    holding = [row for row in rows if row.effective_on == latest]
    if offer.first_tier:
        start = min(row.starts_at for row in holding)
        holding = [row for row in holding if row.starts_at == start]
    if len({row.usd for row in holding}) > 1 or (not offer.first_tier and any(row.starts_at for row in holding)):
        return "has more than one price in the list"
    foreign = next((row.unit for row in holding if not is_unit(row.unit, unit)), None)
    if foreign is not None:
        return f"is billed per {foreign!r} in the list, not per {unit}"
    first = min(holding, key=lambda row: row.sku)
    return OfferedPrice(usd=first.usd.normalize(), unit=unit, sku=first.sku)
