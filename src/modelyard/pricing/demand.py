"""How much of an endpoint its traffic keeps busy: instances hour by hour, and what it could serve at the most.

Little's law: requests that arrive per second times the seconds that each takes are the requests under way at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from modelyard.catalog.schema import (
    AsyncEndpoint,
    MultiModelEndpoint,
    RealTimeEndpoint,
    RealTimeScaling,
    ServerlessEndpoint,
)
from modelyard.pricing.band import Band
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.usage import Traffic

InstanceEndpoint = RealTimeEndpoint | AsyncEndpoint | MultiModelEndpoint

SECONDS_PER_HOUR = 3600
_MINUTES_PER_HOUR = 60


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Instance hours and requests of a month; `overloaded` says how many instances the busiest hour lacks."""

    instance_hours: Band
    requests: Band | None
    overloaded: int


def demand(endpoint: InstanceEndpoint, traffic: Traffic | None) -> Demand:
    """What a month takes of an endpoint on instances; without traffic, as if nobody asked it."""
    fewest, most = endpoint.scaling.instances.min, endpoint.scaling.instances.max
    if traffic is None:
        hours = Band(low=Decimal(fewest), expected=Decimal(fewest), high=Decimal(most)).times(HOURS_PER_MONTH)
        return Demand(instance_hours=hours, requests=None, overloaded=0)
    needed = [_needed(endpoint, requests, traffic.seconds_per_request) for requests in traffic.hours]
    running = [min(max(count, fewest), most) for count in needed]
    average = Decimal(sum(running)) / len(running)
    hours = Band(low=Decimal(fewest), expected=average, high=Decimal(most)).times(HOURS_PER_MONTH)
    per_instance = _per_instance_and_hour(endpoint, traffic.seconds_per_request)
    full_load = traffic.requests if per_instance is None else per_instance * most * HOURS_PER_MONTH
    return Demand(
        instance_hours=hours,
        requests=Band(low=Decimal(0), expected=traffic.requests, high=max(full_load, traffic.requests)),
        overloaded=max(0, max(needed) - most),
    )


def _needed(endpoint: InstanceEndpoint, requests_per_hour: Decimal, seconds: Decimal) -> int:
    """Instances that scaling asks for in an hour; a queue keeps one for as long as anything arrives."""
    if not requests_per_hour:
        return 0
    per_instance = _per_instance_and_hour(endpoint, seconds)
    if per_instance is None:
        return endpoint.scaling.instances.min
    return int((requests_per_hour / per_instance).to_integral_value(rounding=ROUND_CEILING))


def _per_instance_and_hour(endpoint: InstanceEndpoint, seconds: Decimal) -> Decimal | None:
    """Requests of an hour at which scaling adds an instance; None where nothing says what one can take."""
    if isinstance(endpoint, AsyncEndpoint):
        return endpoint.queue.max_concurrent_per_instance * SECONDS_PER_HOUR / seconds
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


def serverless_demand(endpoint: ServerlessEndpoint, traffic: Traffic | None) -> ServerlessDemand:
    """What a month takes of a serverless endpoint; at the most every concurrency runs all the time."""
    warm = endpoint.serving.provisioned_concurrency or 0
    most = endpoint.serving.max_concurrency
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
