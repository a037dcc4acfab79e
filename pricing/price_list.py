"""The public AWS price list of SageMaker, in the CSV form of its offer files, read line by line.

A file begins with five lines about itself (form, disclaimer, day of publication, version, offer), then a heading, then
one line for each price of each SKU: on demand and reserved, of hosting, training, notebooks and studio alike.
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html

The file of a region has some megabytes, that of all regions hundreds: what is read is not kept, but for the few hundred
prices that endpoints are billed by.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

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
_COLUMNS = (
    "sku",
    "termtype",
    "effectivedate",
    "startingrange",
    "unit",
    "priceperunit",
    "currency",
    "usagetype",
    "regioncode",
)


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


@dataclass(frozen=True, kw_only=True)
class _Row:
    sku: str
    usd: Decimal
    unit: str
    effective_on: str
    first_tier: bool


def read_price_list(lines: Iterable[str]) -> PriceList:
    """Read the lines of an offer file; they are consumed once, in order.

    Raises:
        PriceListError: when they are no such file, or stop in the middle of one.
    """
    reader = csv.reader(lines, strict=True)
    try:
        about = _about(reader)
        published_on = _day(about.get("Publication Date", ""))
        rows: dict[tuple[str, str], list[_Row]] = defaultdict(list)
        currencies: dict[str, set[str]] = defaultdict(set)
        for place, row, currency in _rows(reader, published_on):
            currencies[place[0]].add(currency)
            if row is not None:
                rows[place].append(row)
    except csv.Error as error:
        raise PriceListError(f"the price list is broken or cut off in line {reader.line_num} ({error})") from error
    prices, unclear = {}, []
    for place, stated in rows.items():
        price = _one_price(stated)
        if price is None:
            unclear.append(place)
        else:
            prices[place] = price
    return PriceList(
        published_on=published_on,
        version=about.get("Version", ""),
        prices=prices,
        unclear=tuple(sorted(unclear)),
        currencies={region: frozenset(found) for region, found in currencies.items()},
    )


def _about(reader: Iterator[list[str]]) -> dict[str, str]:
    """What the first five lines say of the file."""
    about = {}
    for line in (next(reader, None) for _ in range(5)):
        if line is None or len(line) != 2:
            raise PriceListError(
                "this is no offer file of the AWS price list in CSV form: it lacks the lines about itself"
            )
        about[line[0]] = line[1]
    if about.get("FormatVersion") != _FORMAT:
        raise PriceListError(f"the price list has form {about.get('FormatVersion')!r}, only {_FORMAT} is understood")
    if about.get("OfferCode") != SAGEMAKER:
        raise PriceListError(f"this is the price list of {about.get('OfferCode')}, not of {SAGEMAKER}")
    return about


def _rows(reader: Iterator[list[str]], published_on: date) -> Iterator[tuple[tuple[str, str], _Row | None, str]]:
    """The lines about endpoints on demand: region and usage type, the price if it is one in dollars, the currency."""
    heading = [name.replace(" ", "").lower() for name in next(reader, [])]
    missing = [name for name in _COLUMNS if name not in heading]
    if missing:
        raise PriceListError(f"the price list has no column {', '.join(missing)}")
    place_of = {name: heading.index(name) for name in _COLUMNS}
    number = 0
    for number, line in enumerate(reader, start=1):
        if len(line) != len(heading):
            raise PriceListError(f"price {number} of the list has {len(line)} of {len(heading)} columns: it is cut off")
        cells = {name: line[place] for name, place in place_of.items()}
        usage = _USAGE.fullmatch(cells["usagetype"])
        if usage is None or cells["termtype"] != "OnDemand":
            continue
        # A price of a later month stands in the list before it holds.
        if cells["effectivedate"][:10] > published_on.isoformat():
            continue
        row = _row(cells, usage) if cells["currency"] == "USD" else None
        yield (cells["regioncode"], usage["usage"]), row, cells["currency"]
    if number == 0:
        raise PriceListError("the price list has no price: it is cut off")


def _row(cells: Mapping[str, str], usage: re.Match[str]) -> _Row | None:
    """A price in dollars; None for what costs nothing, such as a free tier."""
    try:
        usd = Decimal(cells["priceperunit"])
        first_tier = Decimal(cells["startingrange"] or "0") == 0
    except InvalidOperation:
        raise PriceListError(
            f"{usage['usage']} in {cells['regioncode']} costs {cells['priceperunit']!r} from "
            f"{cells['startingrange']!r} on: these are no numbers"
        ) from None
    if not usd.is_finite() or usd <= 0:
        return None
    unit, words = _UNITS[next(kind for kind in _UNITS if usage[kind] is not None)]
    if cells["unit"].lower() not in words:
        raise PriceListError(
            f"{usage['usage']} in {cells['regioncode']} is billed per {cells['unit']!r}, not per {unit}"
        )
    return _Row(sku=cells["sku"], usd=usd, unit=unit, effective_on=cells["effectivedate"][:10], first_tier=first_tier)


def _one_price(rows: list[_Row]) -> OfferedPrice | None:
    """The price that holds; None where several do: different ones at once, or by how much was used."""
    latest = max(row.effective_on for row in rows)
    holding = [row for row in rows if row.effective_on == latest]
    if len({row.usd for row in holding}) > 1 or not all(row.first_tier for row in holding):
        return None
    first = min(holding, key=lambda row: row.sku)
    return OfferedPrice(usd=first.usd.normalize(), unit=first.unit, sku=first.sku)


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise PriceListError(f"the price list was published on {text!r}, which is no day") from None
