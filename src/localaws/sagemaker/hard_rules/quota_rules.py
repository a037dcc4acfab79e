"""What the account's quotas leave: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html.

During an update the old and the new fleet exist side by side, so both count, of a rolling one a batch
(https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from localaws.sagemaker import refusals
from localaws.sagemaker.quotas import (
    INSTANCES_IN_ALL,
    INSTANCES_PER_ENDPOINT,
    SERVERLESS_CONCURRENCY,
    SERVERLESS_ENDPOINTS,
    Quotas,
    instance_quota,
)


@dataclass(frozen=True)
class Booking:
    """What one variant books: instances of a type, or a serverless endpoint and its concurrency."""

    instance_type: str | None = None
    instances: int = 0
    serverless_endpoints: int = 0
    serverless_concurrency: int = 0


def require_room(quotas: Quotas, *, in_use: Iterable[Booking], requested: Iterable[Booking]) -> None:
    """Raise `AwsError` ResourceLimitExceeded when the requested bookings do not fit beside those in use."""
    used, wanted = list(in_use), list(requested)
    used_by_type, wanted_by_type = _by_type(used), _by_type(wanted)
    for instance_type, delta in wanted_by_type.items():
        _require(
            instance_quota(instance_type),
            quotas.instances_of_type(instance_type),
            used_by_type[instance_type],
            delta,
            unit="Instances",
        )
    total = sum(wanted_by_type.values())
    if total > quotas.instances_per_endpoint:
        raise refusals.limit_exceeded(
            limit=INSTANCES_PER_ENDPOINT,
            allowed=quotas.instances_per_endpoint,
            in_use=0,
            requested=total,
            unit="Instances",
        )
    _require(
        INSTANCES_IN_ALL,
        quotas.instances_in_all,
        sum(used_by_type.values()),
        total,
        unit="Instances",
    )
    _require(
        SERVERLESS_ENDPOINTS,
        quotas.serverless_endpoints,
        sum(booking.serverless_endpoints for booking in used),
        sum(booking.serverless_endpoints for booking in wanted),
        unit="Endpoints",
    )
    _require(
        SERVERLESS_CONCURRENCY,
        quotas.serverless_concurrency,
        sum(booking.serverless_concurrency for booking in used),
        sum(booking.serverless_concurrency for booking in wanted),
        unit="Invocations",
    )


def _by_type(bookings: list[Booking]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for booking in bookings:
        if booking.instance_type is not None:
            counts[booking.instance_type] += booking.instances
    return counts


def _require(limit: str, allowed: int, in_use: int, requested: int, *, unit: str) -> None:
    if requested > 0 and in_use + requested > allowed:
        raise refusals.limit_exceeded(limit=limit, allowed=allowed, in_use=in_use, requested=requested, unit=unit)
