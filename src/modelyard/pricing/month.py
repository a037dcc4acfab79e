"""What is asked of one stack's resources in a month, and what stands beside them: all that a line is counted from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from modelyard.catalog.entry import Entry
from modelyard.pricing.band import Band, total
from modelyard.pricing.demand import Demand, ServerlessDemand, demand, serverless_demand
from modelyard.pricing.hosting import Hosting, ServerlessHosting, hosting_of
from modelyard.pricing.line import Component, Line, Rates, line
from modelyard.pricing.meters import Meter
from modelyard.pricing.resources import Resources
from modelyard.pricing.usage import Traffic

# How often each endpoint that writes records is asked in a month; None where nobody stated it.
Asked = Mapping[str, Band | None]


@dataclass(frozen=True, kw_only=True)
class Served:
    """An endpoint under its traffic. `entry` says what no resource does, such as how large its weights are."""

    entry: Entry
    hosting: Hosting
    traffic: Traffic | None

    @classmethod
    def of(cls, entry: Entry, stack: Resources, traffic: Traffic | None) -> Served:
        """An endpoint by its stack."""
        return cls(entry=entry, hosting=hosting_of(stack), traffic=traffic)

    @cached_property
    def demand(self) -> Demand | ServerlessDemand:
        """How much of it the traffic keeps busy."""
        if isinstance(self.hosting, ServerlessHosting):
            return serverless_demand(self.hosting, self.traffic)
        return demand(self.hosting, self.entry.endpoint, self.traffic)

    @property
    def requests(self) -> Band | None:
        """How often it is asked in a month; None where nobody stated it."""
        return self.demand.requests


@dataclass(frozen=True, kw_only=True)
class Month:
    """One stack's month at the rates of a place. `served` is an endpoint's, `asked` the foundation's."""

    stack: Resources
    foundation: Resources
    rates: Rates
    served: Served | None = None
    asked: Asked = field(default_factory=dict)

    @cached_property
    def records(self) -> Band | None:
        """The records of all endpoints whose requests somebody stated; None where nobody did for any."""
        known = [requests for requests in self.asked.values() if requests is not None]
        return total(known) if known else None

    def line(self, component: Component, what: str, meter: Meter, quantity: Band | Decimal | int | None) -> Line:
        """So much of a usage at its price here."""
        return line(component, what, meter, quantity, self.rates)
