"""One line of an estimate: what is billed, how much of it, at which price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from modelyard.pricing.band import NOTHING, Band
from modelyard.pricing.meters import Meter
from modelyard.pricing.prices import Price, price
from modelyard.pricing.terms import Terms

# What a line belongs to, in the order in which lines are shown. A new kind of resource that costs money is a line more.
Component = Literal[
    "instances",
    "volumes",
    "requests",
    "data",
    "weights",
    "queue",
    "capture",
    "logs",
    "alarms",
    "metrics",
    "records",
    "key",
    "others",
]
State = Literal["priced", "not priced", "depends on usage"]


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Where and under which terms an estimate is made."""

    region: str
    terms: Terms

    def price(self, meter: Meter) -> Price | None:
        """What one unit of a usage costs; None where nobody knows."""
        return price(meter, self.region, terms=self.terms)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that a month is billed for.

    `usd` is in whole cents, the one place where an estimate rounds. `quantity` is None where it depends on a usage that
    nobody stated, `price` where no source states one; then `usd` is nothing, and `state` says why. `resource_type` is
    that of the resources that it is counted from.
    """

    component: Component
    what: str
    meter: Meter | None
    quantity: Band | None
    price: Price | None
    usd: Band
    resource_type: str = ""

    @property
    def state(self) -> State:
        """Whether the line is part of a total."""
        if self.price is None:
            return "not priced"
        return "depends on usage" if self.quantity is None else "priced"


def line(component: Component, what: str, meter: Meter, quantity: Band | Decimal | int | None, rates: Rates) -> Line:
    """So much of a usage at its price."""
    found = rates.price(meter)
    band = quantity if isinstance(quantity, Band) or quantity is None else Band.of(quantity)
    usd = NOTHING if found is None or band is None else band.times(found.usd)
    return Line(component=component, what=what, meter=meter, quantity=band, price=found, usd=usd.in_cents())


def unpriced(component: Component, what: str, quantity: Band | None = None) -> Line:
    """Something that AWS bills and that no price file knows by a name."""
    return Line(component=component, what=what, meter=None, quantity=quantity, price=None, usd=NOTHING.in_cents())
