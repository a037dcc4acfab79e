"""The price file: by region, service and usage type what AWS charges, each figure with its source and its day.

Money is text, so that no reader of JSON turns it into a binary fraction. One price is one line, in a fixed order, so
that a refresh shows in a review as exactly the prices that it changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("prices.json")
_USD = re.compile(r"[0-9]{1,9}(\.[0-9]{1,18})?")


class PriceFileError(ValueError):
    """A price file that cannot be used; the text is the sentence that says why."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where prices come from: in words, of which day, and whether they were computed from other prices."""

    text: str
    dated: date
    derived: bool


@dataclass(frozen=True, kw_only=True)
class ListedPrice:
    """One price in US dollars per unit; `sku` is AWS's number for what is sold, where the source has it."""

    usd: Decimal
    unit: str
    source: str
    sku: str | None = None


# Region, service, usage type.
Place = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class PriceFile:
    """What a price file says."""

    sources: Mapping[str, Source]
    prices: Mapping[Place, ListedPrice]

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that it has prices of."""
        return tuple(sorted({region for region, _, _ in self.prices}))


@cache
def shipped_prices() -> PriceFile:
    """The price file that lies beside this module."""
    return read_price_file(PATH)


def read_price_file(path: Path) -> PriceFile:
    """Read and check a price file.

    Raises:
        PriceFileError: when it is no price file, or a figure in it is not exact or has no source.
        OSError: when it cannot be read.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["currency"] != "USD":
            raise PriceFileError(f"the prices are in {document['currency']}, only USD is understood")
        sources = {
            name: Source(text=row["text"], dated=date.fromisoformat(row["date"]), derived=row["derived"])
            for name, row in document["sources"].items()
        }
        prices = dict(_prices(document["regions"]))
        for place, price in prices.items():
            if price.source not in sources:
                raise PriceFileError(f"{' '.join(place)} names source {price.source}, which is not described")
    except PriceFileError as wrong:
        raise PriceFileError(f"{path}: {wrong}") from None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise PriceFileError(f"{path} is not a price file ({type(error).__name__}: {error})") from error
    return PriceFile(sources=sources, prices=prices)


def _prices(regions: Mapping[str, Any]) -> Iterator[tuple[Place, ListedPrice]]:
    for region, services in regions.items():
        for service, rows in services.items():
            for usage_type, row in rows.items():
                place = (region, service, usage_type)
                yield (
                    place,
                    ListedPrice(
                        usd=exact_usd(row["usd"], place), unit=row["unit"], source=row["source"], sku=row.get("sku")
                    ),
                )


def exact_usd(text: object, place: Place) -> Decimal:
    """The amount that a text of decimal digits states.

    Raises:
        PriceFileError: when it is anything else, such as a number of JSON, or not above 0.
    """
    if not isinstance(text, str) or not _USD.fullmatch(text) or not Decimal(text):
        raise PriceFileError(f"{' '.join(place)} costs {text!r}: write the digits of an amount above 0 as a text")
    return Decimal(text)


def price_file_text(file: PriceFile) -> str:
    """The file as it is written: sources that are used, then one line for each price; equal content, equal bytes."""
    used = {price.source for price in file.prices.values()}
    lines = ["{", ' "currency": "USD",', ' "sources": {']
    lines += _rows(
        {
            name: {"text": source.text, "date": source.dated.isoformat(), "derived": source.derived}
            for name, source in sorted(file.sources.items())
            if name in used
        },
        indent=2,
    )
    lines += [" },", ' "regions": {']
    by_region: dict[str, dict[str, dict[str, Any]]] = {}
    for (region, service, usage_type), price in sorted(file.prices.items()):
        row = {"usd": f"{price.usd:f}", "unit": price.unit, "source": price.source}
        if price.sku is not None:
            row["sku"] = price.sku
        by_region.setdefault(region, {}).setdefault(service, {})[usage_type] = row
    for number, (region, services) in enumerate(by_region.items(), start=1):
        lines.append(f"  {json.dumps(region)}: {{")
        for place, (service, rows) in enumerate(services.items(), start=1):
            lines += [f"   {json.dumps(service)}: {{", *_rows(rows, indent=4)]
            lines.append("   }" + ("," if place < len(services) else ""))
        lines.append("  }" + ("," if number < len(by_region) else ""))
    return "\n".join([*lines, " }", "}"]) + "\n"


def _rows(rows: Mapping[str, object], *, indent: int) -> list[str]:
    last = len(rows) - 1
    return [
        f"{' ' * indent}{json.dumps(name)}: {json.dumps(row, ensure_ascii=False)}{',' if place < last else ''}"
        for place, (name, row) in enumerate(rows.items())
    ]
