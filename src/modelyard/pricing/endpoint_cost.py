"""What one endpoint costs a month, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from modelyard.capacity.instances import instance
from modelyard.capacity.storage_fit import DEFAULT_VOLUME_GIB
from modelyard.capacity.weights import weight_bytes
from modelyard.catalog.entry import Entry
from modelyard.catalog.objectives import writes_records
from modelyard.catalog.schema import AsyncEndpoint, Environment, ServerlessEndpoint
from modelyard.pricing.band import Band, total
from modelyard.pricing.capture_cost import capture_lines
from modelyard.pricing.demand import InstanceEndpoint, demand, serverless_demand
from modelyard.pricing.line import Line, Rates, line, unpriced
from modelyard.pricing.meters import (
    ENDPOINT_DATA_IN,
    ENDPOINT_DATA_OUT,
    ENDPOINT_STORAGE,
    NOTICES_PUBLISHED,
    OBJECT_READS,
    OBJECT_WRITES,
    OBJECTS_STORED,
    instance_hour,
    provisioned_second,
    provisioned_serving_second,
    serverless_second,
)
from modelyard.pricing.monitoring_cost import gigabytes, monitoring_lines, stored_gb
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.record_cost import record_lines
from modelyard.pricing.record_volume import RECORD_KIB
from modelyard.pricing.usage import Traffic

_SECONDS_PER_HOUR = 3600
_HUNDREDTH_OF_A_CENT = Decimal("0.0001")
_BYTES_PER_GB = 1 << 30
# How long the foundation keeps asynchronous requests and answers; a test holds it against the stack.
QUEUE_KEEP_DAYS = 30


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


def endpoint_cost(entry: Entry, environment: Environment, traffic: Traffic | None, rates: Rates) -> Cost:
    """What one endpoint costs a month under a traffic; without one, what it costs while nobody asks it."""
    endpoint = entry.endpoint
    if isinstance(endpoint, ServerlessEndpoint):
        lines, requests, lacking = _serverless(endpoint, traffic, rates)
        lacks = f"{lacking} more concurrent requests than max_concurrency {endpoint.serving.max_concurrency} allows"
    else:
        lines, requests, lacking = _on_instances(endpoint, traffic, rates)
        lacks = f"{lacking} more instances than max {endpoint.scaling.instances.max} allows"
    if not isinstance(endpoint, AsyncEndpoint):
        lines += _data(requests, traffic, rates)
    lines += [*_weights(entry, rates), *capture_lines(endpoint, environment, requests, traffic, rates)]
    lines += [*monitoring_lines(entry, environment, requests, traffic, rates)]
    lines += record_lines(entry, environment, requests, traffic, rates)
    cost = Cost(
        lines=tuple(lines),
        assumptions=tuple(_assumptions(entry, environment, traffic)),
        warnings=(f"the usage asks for {lacks} in its busiest hour",) if lacking else (),
    )
    # Without the price of what answers, a request would look as if it cost next to nothing.
    return replace(cost, units=tuple(_units(cost.usd.expected, traffic))) if cost.is_priced else cost


def _on_instances(
    endpoint: InstanceEndpoint, traffic: Traffic | None, rates: Rates
) -> tuple[list[Line], Band | None, int]:
    asked = demand(endpoint, traffic)
    lines = _instances(endpoint, asked.instance_hours, rates)
    # Types with a disk of their own do not mix with others in one entry, so the first speaks for all.
    type_ = instance(endpoint.serving.instances[0])
    if type_ is not None and not type_.has_local_nvme:
        size = endpoint.serving.volume_gib or DEFAULT_VOLUME_GIB
        gb_months = asked.instance_hours.times(size / HOURS_PER_MONTH)
        lines.append(line("volumes", f"{size} GiB beside each instance", ENDPOINT_STORAGE, gb_months, rates))
    if isinstance(endpoint, AsyncEndpoint):
        lines += _queue(endpoint, asked.requests, traffic, rates)
    return lines, asked.requests, asked.overloaded


def _instances(endpoint: InstanceEndpoint, hours: Band, rates: Rates) -> list[Line]:
    """The first type of the entry; the dearest and cheapest that it may fall back on set the ends of the band."""
    scaling = endpoint.scaling.instances
    first, *fallbacks = endpoint.serving.instances
    meter = instance_hour(first, endpoint.kind)
    count = str(scaling.min) if scaling.min == scaling.max else f"{scaling.min} to {scaling.max}"
    own = line("instances", f"{count} x {first}", meter, hours, rates)
    if own.price is None:
        return [own, *(_fallback_unpriced(name) for name in fallbacks if rates.price(instance_hour(name)) is None)]
    priced = {name: rates.price(instance_hour(name, endpoint.kind)) for name in fallbacks}
    per_hour = [own.price.usd, *(found.usd for found in priced.values() if found is not None)]
    usd = Band(
        low=hours.low * min(per_hour), expected=hours.expected * own.price.usd, high=hours.high * max(per_hour)
    ).in_cents()
    what = f"{own.what}, or {', '.join(fallbacks)} when short" if fallbacks else own.what
    lines = [Line(component="instances", what=what, meter=meter, quantity=hours, price=own.price, usd=usd)]
    return [*lines, *(_fallback_unpriced(name) for name, found in priced.items() if found is None)]


def _fallback_unpriced(name: str) -> Line:
    return unpriced("instances", f"{name}, should the endpoint fall back on it")


def _serverless(
    endpoint: ServerlessEndpoint, traffic: Traffic | None, rates: Rates
) -> tuple[list[Line], Band | None, int]:
    asked = serverless_demand(endpoint, traffic)
    memory, warm = endpoint.serving.memory_mb, endpoint.serving.provisioned_concurrency
    lines = [line("requests", f"running with {memory} MB", serverless_second(memory), asked.on_demand_seconds, rates)]
    if warm is not None:
        seconds = warm * HOURS_PER_MONTH * _SECONDS_PER_HOUR
        lines.append(line("requests", f"{warm} kept warm all month", provisioned_second(memory), seconds, rates))
        meter = provisioned_serving_second(memory)
        lines.append(line("requests", "running on those kept warm", meter, asked.provisioned_seconds, rates))
    return lines, asked.requests, asked.overloaded


def _data(requests: Band | None, traffic: Traffic | None, rates: Rates) -> list[Line]:
    sent = gigabytes(requests, traffic.request_kib if traffic else None)
    answered = gigabytes(requests, traffic.response_kib if traffic else None)
    return [
        line("data", "sent to the endpoint", ENDPOINT_DATA_IN, sent, rates),
        line("data", "answered", ENDPOINT_DATA_OUT, answered, rates),
    ]


def _queue(endpoint: AsyncEndpoint, requests: Band | None, traffic: Traffic | None, rates: Rates) -> list[Line]:
    """Requests and answers in S3: each written once and read once."""
    size = None
    if traffic and traffic.request_kib is not None and traffic.response_kib is not None:
        size = traffic.request_kib + traffic.response_kib
    stored = stored_gb(gigabytes(requests, size), QUEUE_KEEP_DAYS)
    twice = requests.times(2) if requests else None
    lines = [
        line("queue", f"requests and answers, kept {QUEUE_KEEP_DAYS} days", OBJECTS_STORED, stored, rates),
        line("queue", "written to S3", OBJECT_WRITES, twice, rates),
        line("queue", "read from S3", OBJECT_READS, twice, rates),
    ]
    if endpoint.queue.notify:
        lines.append(line("queue", "a message published for each answer", NOTICES_PUBLISHED, requests, rates))
    return lines


def _weights(entry: Entry, rates: Rates) -> Iterator[Line]:
    for name, model in entry.models.items():
        gigabyte = Decimal(weight_bytes(model)) / _BYTES_PER_GB
        yield line("weights", f"{name} in the artifacts bucket", OBJECTS_STORED, gigabyte, rates)


def _units(usd: Decimal, traffic: Traffic | None) -> Iterator[UnitCost]:
    if traffic is None or not traffic.requests:
        return
    yield UnitCost(what="1,000 requests", usd=_fine(usd * 1000 / traffic.requests))
    tokens = (traffic.input_tokens or 0) + (traffic.output_tokens or 0)
    if tokens:
        yield UnitCost(what="1,000,000 tokens in and out", usd=_fine(usd * 1_000_000 / (traffic.requests * tokens)))


def _fine(usd: Decimal) -> Decimal:
    return usd.quantize(_HUNDREDTH_OF_A_CENT)


def _assumptions(entry: Entry, environment: Environment, traffic: Traffic | None) -> Iterator[str]:
    yield from _of_usage(entry, traffic)
    if environment.signals is None:
        return
    if not writes_records(entry.endpoint):
        yield "the image writes no records, so nothing goes through the stream"
    elif traffic is not None and traffic.record_kib is None:
        yield f"a record has {RECORD_KIB:.2f} KiB, as measured"


def _of_usage(entry: Entry, traffic: Traffic | None) -> Iterator[str]:
    endpoint = entry.endpoint
    if traffic is None:
        idle = "no request"
        if not isinstance(endpoint, ServerlessEndpoint):
            fewest = endpoint.scaling.instances.min
            idle = f"{fewest} instance{'' if fewest == 1 else 's'}, no request"
        yield f"no usage is stated: expected counts what it costs while nobody asks it ({idle})"
        return
    cycle = len(traffic.hours)
    rate = "spread evenly over the month" if cycle == 1 else f"as the {cycle} hours that were given"
    yield f"{traffic.requests:,.0f} requests a month, {rate}, {traffic.seconds_per_request} s each"
    if isinstance(endpoint, ServerlessEndpoint):
        return
    if isinstance(endpoint, AsyncEndpoint):
        yield (
            f"an instance works on {endpoint.queue.max_concurrent_per_instance} requests at once; "
            "an hour in which any arrive counts one instance at least"
        )
    yield "instances of an hour: as many as scaling asks for, counted for the whole hour"
