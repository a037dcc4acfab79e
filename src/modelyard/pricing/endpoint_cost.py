"""What one endpoint costs a month, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from modelyard.catalog.entry import Entry
from modelyard.catalog.objectives import writes_records
from modelyard.pricing.band import Band, total
from modelyard.pricing.hosting import ServerlessHosting
from modelyard.pricing.line import Line, Rates
from modelyard.pricing.month import Month, Served
from modelyard.pricing.record_volume import RECORD_KIB
from modelyard.pricing.resource_meters import resource_lines
from modelyard.pricing.resources import Resources, of_type
from modelyard.pricing.usage import Traffic

_HUNDREDTH_OF_A_CENT = Decimal("0.0001")


@dataclass(frozen=True, kw_only=True)
class UnitCost:
    """What a number of requests or tokens costs in the expected month, everything that is priced included."""

    what: str
    usd: Decimal


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The lines of a month with what was assumed and what is wrong; `usd` sums those that are priced."""

    lines: tuple[Line, ...]
    units: tuple[UnitCost, ...] = ()
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @cached_property
    def usd(self) -> Band:
        """The month, in whole cents."""
        return total(one.usd for one in self.lines).in_cents()

    @property
    def not_priced(self) -> tuple[Line, ...]:
        """What AWS bills and no price is known for."""
        return tuple(one for one in self.lines if one.state == "not priced")

    @property
    def is_priced(self) -> bool:
        """Whether what it runs on has a price: without that, the month says little about what it costs."""
        lacking = self.not_priced
        if lacking == self.lines:
            return not lacking
        return not any(one.component in ("instances", "requests") for one in lacking if one.meter is not None)

    @property
    def has_amount(self) -> bool:
        """Whether `usd` is the sum of anything: where no line has a price, 0 would be a wrong answer."""
        return not self.lines or any(one.state == "priced" for one in self.lines)

    @property
    def depends_on_usage(self) -> tuple[Line, ...]:
        """What cannot be estimated without a usage file."""
        return tuple(one for one in self.lines if one.state == "depends on usage")


NO_COST = Cost(lines=())


def endpoint_cost(entry: Entry, stack: Resources, foundation: Resources, traffic: Traffic | None, rates: Rates) -> Cost:
    """What one endpoint's stack costs a month under a traffic; without one, what it costs while nobody asks it.

    Raises:
        UnreadableResource: where a stack is none that CloudFormation takes.
    """
    served = Served.of(entry, stack, traffic)
    month = Month(stack=stack, foundation=foundation, rates=rates, served=served)
    cost = Cost(
        lines=tuple(resource_lines(month)),
        assumptions=tuple(_assumptions(served, stack)),
        warnings=tuple(_warnings(served)),
    )
    # Without the price of what answers, a request would look as if it cost next to nothing.
    return replace(cost, units=tuple(_units(cost.usd.expected, traffic))) if cost.is_priced else cost


def requests_of(entry: Entry, stack: Resources, traffic: Traffic | None) -> Band | None:
    """How often an endpoint is asked in a month; None where nobody stated it."""
    return None if traffic is None else Served.of(entry, stack, traffic).requests


def _warnings(served: Served) -> Iterator[str]:
    lacking, most = served.demand.overloaded, served.hosting.most
    if lacking:
        lacks = f"{lacking} more instances than max {most} allows"
        if isinstance(served.hosting, ServerlessHosting):
            lacks = f"{lacking} more concurrent requests than max_concurrency {most} allows"
        yield f"the usage asks for {lacks} in its busiest hour"


def _units(usd: Decimal, traffic: Traffic | None) -> Iterator[UnitCost]:
    if traffic is None or not traffic.requests:
        return
    yield UnitCost(what="1,000 requests", usd=_fine(usd * 1000 / traffic.requests))
    tokens = (traffic.input_tokens or 0) + (traffic.output_tokens or 0)
    if tokens:
        yield UnitCost(what="1,000,000 tokens in and out", usd=_fine(usd * 1_000_000 / (traffic.requests * tokens)))


def _fine(usd: Decimal) -> Decimal:
    return usd.quantize(_HUNDREDTH_OF_A_CENT)


def _assumptions(served: Served, stack: Resources) -> Iterator[str]:
    yield from _of_usage(served)
    if not of_type(stack, "AWS::Logs::SubscriptionFilter"):
        return
    if not writes_records(served.entry.endpoint):
        yield "the image writes no records, so nothing goes through the stream"
    elif served.traffic is not None and served.traffic.record_kib is None:
        yield f"a record has {RECORD_KIB:.2f} KiB, as measured"


def _of_usage(served: Served) -> Iterator[str]:
    hosting, traffic = served.hosting, served.traffic
    if traffic is None:
        idle = "no request"
        if not isinstance(hosting, ServerlessHosting):
            idle = f"{hosting.fewest} instance{'' if hosting.fewest == 1 else 's'}, no request"
        yield f"no usage is stated: expected counts what it costs while nobody asks it ({idle})"
        return
    cycle = len(traffic.hours)
    rate = "spread evenly over the month" if cycle == 1 else f"as the {cycle} hours that were given"
    yield f"{traffic.requests:,.0f} requests a month, {rate}, {traffic.seconds_per_request} s each"
    if isinstance(hosting, ServerlessHosting):
        return
    if hosting.queue_at_once is not None:
        yield (
            f"an instance works on {hosting.queue_at_once} requests at once; "
            "an hour in which any arrive counts one instance at least"
        )
    yield "instances of an hour: as many as scaling asks for, counted for the whole hour"
