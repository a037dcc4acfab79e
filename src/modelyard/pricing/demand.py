"""How much of an endpoint its traffic keeps busy: instances hour by hour, and what it could serve at the most.

Little's law: requests that arrive per second times the seconds that each takes are the requests under way at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from modelyard.catalog.entry import AnyEndpoint
from modelyard.catalog.schema import AsyncEndpoint, RealTimeScaling, ServerlessEndpoint
from modelyard.pricing.band import Band
from modelyard.pricing.hosting import InstanceHosting, ServerlessHosting
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.usage import Traffic

SECONDS_PER_HOUR = 3600
_MINUTES_PER_HOUR = 60


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Instance hours and requests of a month; `overloaded` says how many instances the busiest hour lacks."""

    instance_hours: Band
    requests: Band | None
    overloaded: int


def demand(hosting: InstanceHosting, endpoint: AnyEndpoint, traffic: Traffic | None) -> Demand:
    """What a month takes of an endpoint on instances; without traffic, as if nobody asked it."""
    fewest, most = hosting.fewest, hosting.most
    if traffic is None:
        hours = Band(low=Decimal(fewest), expected=Decimal(fewest), high=Decimal(most)).times(HOURS_PER_MONTH)
        return Demand(instance_hours=hours, requests=None, overloaded=0)
    per_instance = _per_instance_and_hour(hosting, endpoint, traffic.seconds_per_request)
    needed = [_needed(requests, per_instance, fewest) for requests in traffic.hours]
    running = [min(max(count, fewest), most) for count in needed]
    average = Decimal(sum(running)) / len(running)
    hours = Band(low=Decimal(fewest), expected=average, high=Decimal(most)).times(HOURS_PER_MONTH)
    full_load = traffic.requests if per_instance is None else per_instance * most * HOURS_PER_MONTH
    return Demand(
        instance_hours=hours,
        requests=Band(low=Decimal(0), expected=traffic.requests, high=max(full_load, traffic.requests)),
        overloaded=max(0, max(needed) - most),
    )


def _needed(requests_per_hour: Decimal, per_instance: Decimal | None, fewest: int) -> int:
    """Instances that scaling asks for in an hour; a queue keeps one for as long as anything arrives."""
    if not requests_per_hour:
        return 0
    if per_instance is None:
        return fewest
    return int((requests_per_hour / per_instance).to_integral_value(rounding=ROUND_CEILING))


def _per_instance_and_hour(hosting: InstanceHosting, endpoint: AnyEndpoint, seconds: Decimal) -> Decimal | None:
    """Requests of an hour at which an instance has enough; None where nothing says what one can take.

    A fleet of a fixed size has no scaling policy that would say it: the entry does all the same.
    """
    if hosting.queue_at_once is not None:
        return hosting.queue_at_once * SECONDS_PER_HOUR / seconds
    if isinstance(endpoint, AsyncEndpoint | ServerlessEndpoint):
        return None
    targets = []
    scaling = endpoint.scaling
    if isinstance(scaling, RealTimeScaling) and scaling.target_concurrency_per_instance is not None:
        targets.append(_exact(scaling.target_concurrency_per_instance) * SECONDS_PER_HOUR / seconds)
    if scaling.target_invocations_per_minute_per_instance is not None:
        targets.append(_exact(scaling.target_invocations_per_minute_per_instance) * _MINUTES_PER_HOUR)
    # Of two policies the one that asks for more instances wins.
    return min(targets, default=None)


@dataclass(frozen=True, kw_only=True)
class ServerlessDemand:
    """Seconds of a month in which requests run, on demand and on provisioned concurrency, and the requests."""

    on_demand_seconds: Band
    provisioned_seconds: Band
    requests: Band | None
    overloaded: int


def serverless_demand(hosting: ServerlessHosting, traffic: Traffic | None) -> ServerlessDemand:
    """What a month takes of a serverless endpoint; at the most every concurrency runs all the time."""
    warm, most = hosting.provisioned or 0, hosting.most
    month = HOURS_PER_MONTH * SECONDS_PER_HOUR
    zero = Decimal(0)
    if traffic is None:
        return ServerlessDemand(
            on_demand_seconds=Band(low=zero, expected=zero, high=(most - warm) * month),
            provisioned_seconds=Band(low=zero, expected=zero, high=warm * month),
            requests=None,
            overloaded=0,
        )
    at_once = [requests * traffic.seconds_per_request / SECONDS_PER_HOUR for requests in traffic.hours]
    on_warm = sum((min(one, Decimal(warm)) for one in at_once), start=zero) / len(at_once) * month
    cold = sum((min(max(one - warm, zero), Decimal(most - warm)) for one in at_once), start=zero) / len(at_once) * month
    return ServerlessDemand(
        on_demand_seconds=Band(low=zero, expected=cold, high=(most - warm) * month),
        provisioned_seconds=Band(low=zero, expected=on_warm, high=warm * month),
        requests=Band(
            low=zero, expected=traffic.requests, high=max(most * month / traffic.seconds_per_request, traffic.requests)
        ),
        overloaded=max(0, int(max(at_once).to_integral_value(rounding=ROUND_CEILING)) - most),
    )


def _exact(number: float) -> Decimal:
    return Decimal(str(number))
