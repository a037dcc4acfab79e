"""What AWS charges, as far as a dated source says; an unknown price is None and is shown as NOT PRICED, never a guess.

Every figure of `prices.json` names its source and date. Figures hold for the one region the file names.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

# AWS bills by the hour and its own calculator counts 730 hours to a month (365 x 24 / 12).
HOURS_PER_MONTH = Decimal(730)
NOT_PRICED = "NOT PRICED"
_MB_PER_GB = Decimal(1024)


@dataclass(frozen=True, kw_only=True)
class Price:
    """One price in US dollars; `derived` says that it was computed from another price, not read from a list."""

    usd: Decimal
    source: str
    dated: date
    derived: bool


def hourly_price(instance: str, region: str) -> Price | None:
    """What one instance of a hosting type costs per hour; None where no source says."""
    row = _prices()["hosting_per_hour"].get(instance) if region == _prices()["region"] else None
    return _price(row) if row else None


def usd_per_hour(instance: str, region: str) -> Decimal | None:
    """US dollars per instance and hour of hosting; None where no source says."""
    price = hourly_price(instance, region)
    return price.usd if price else None


def usd_per_month(instance: str, region: str, *, count: int = 1) -> Decimal | None:
    """US dollars for `count` instances that run all month."""
    per_hour = usd_per_hour(instance, region)
    return None if per_hour is None else per_hour * HOURS_PER_MONTH * count


def serverless_usd_per_second(memory_mb: int, region: str, *, provisioned: bool = False) -> Decimal | None:
    """US dollars per second: of running requests, or of keeping one provisioned concurrency warm."""
    if region != _prices()["region"]:
        return None
    key = "serverless_provisioned_per_gb_second" if provisioned else "serverless_per_gb_second"
    return _price(_prices()[key]).usd * memory_mb / _MB_PER_GB


def _price(row: dict[str, str]) -> Price:
    source = _prices()["sources"][row["source"]]
    return Price(
        usd=Decimal(row["usd"]),
        source=source["text"],
        dated=date.fromisoformat(source["date"]),
        derived=source["derived"],
    )


@cache
def _prices() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(resources.files("pricing").joinpath("prices.json").read_text("utf-8"))
    return table
