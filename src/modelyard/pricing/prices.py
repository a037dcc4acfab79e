"""What AWS charges a company: `price` is the one way to a price, for a recommendation, a table or an estimate alike.

    terms = Terms.of(catalog.organisation, on=today)
    found = price(instance_hour("ml.g5.2xlarge"), "us-east-1", terms=terms)

The price file gives the list price with its source and day; an agreement in organisation.yaml replaces it. A price that
no source states is None and is shown as NOT PRICED; none is ever guessed. Amounts stay exact until they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from modelyard.pricing.meters import Meter, instance_hour
from modelyard.pricing.price_file import shipped_prices
from modelyard.pricing.terms import LIST_PRICES, Terms, negotiated_usd

# AWS bills by the hour and its own calculator counts 730 hours to a month (365 x 24 / 12).
HOURS_PER_MONTH = Decimal(730)
NOT_PRICED = "NOT PRICED"

Basis = Literal["list", "derived", "negotiated"]
# What stands before an amount in a table, by what it rests on.
MARKS: dict[Basis, str] = {"list": "", "derived": "~", "negotiated": "*"}
# How a text below the table explains those marks.
MARKED: dict[Basis, str] = {"derived": "derived from another price", "negotiated": "negotiated, see organisation.yaml"}


@dataclass(frozen=True, kw_only=True)
class Price:
    """One price in US dollars per unit of its meter.

    `derived` says that the list price was computed from another one, not read. `negotiated` is the reason of the
    agreement that decided it, and `list_usd` what it would be without (None where only the agreement knows a price).
    """

    usd: Decimal
    source: str
    dated: date
    derived: bool
    sku: str | None = None
    negotiated: str | None = None
    list_usd: Decimal | None = None

    @property
    def basis(self) -> Basis:
        """What the amount rests on."""
        if self.negotiated is not None:
            return "negotiated"
        return "derived" if self.derived else "list"

    @property
    def mark(self) -> str:
        """What stands before the amount in a table."""
        return MARKS[self.basis]


def price(meter: Meter, region: str, *, terms: Terms = LIST_PRICES) -> Price | None:
    """What one unit of a usage costs in a region under a company's terms; None where nobody knows."""
    listed = _list_price(meter, region)
    agreement = terms.agreement(meter, region)
    if agreement is None:
        return listed
    usd = negotiated_usd(agreement, listed.usd if listed else None)
    if usd is None:
        return None
    if listed is None:
        reason = agreement.reason
        return Price(usd=usd, source=reason, dated=agreement.since, derived=False, negotiated=reason)
    return replace(listed, usd=usd, negotiated=agreement.reason, list_usd=listed.usd)


def hourly_price(instance: str, region: str, *, terms: Terms = LIST_PRICES) -> Price | None:
    """What one instance of a hosting type costs per hour; None where nobody knows."""
    return price(instance_hour(instance), region, terms=terms)


def _list_price(meter: Meter, region: str) -> Price | None:
    file = shipped_prices()
    row = file.prices.get((region, meter.service, meter.usage_type))
    if row is not None:
        source = file.sources[row.source]
        return Price(usd=row.usd, source=source.text, dated=source.dated, derived=source.derived, sku=row.sku)
    hosting = instance_hour(meter.instance) if meter.instance else meter
    if hosting == meter:
        return None
    # Both have cost the same wherever both were read, but a list that lacks one of them does not say so.
    found = _list_price(hosting, region)
    return replace(found, source=f"real-time hosting of the same type: {found.source}", derived=True) if found else None
