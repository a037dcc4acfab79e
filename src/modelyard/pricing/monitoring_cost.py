"""What watching an endpoint costs: logs, alarms and who hears them, dashboards, and metrics without a listed price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from modelyard.catalog.entry import AnyEndpoint, Entry
from modelyard.catalog.objectives import objectives
from modelyard.catalog.schema import AsyncScaling, Environment, RealTimeScaling, ServerlessEndpoint
from modelyard.catalog.standing_alarms import ROLLBACK_ALARMS
from modelyard.pricing.band import Band
from modelyard.pricing.line import Line, Rates, line, unpriced
from modelyard.pricing.meters import (
    ALARM_MONTH,
    COMPOSITE_ALARM_MONTH,
    DASHBOARD_MONTH,
    HIGH_RESOLUTION_ALARM_MONTH,
    LOGS_INGESTED,
    LOGS_STORED,
)
from modelyard.pricing.notice_cost import notice_lines
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.usage import Traffic

# What S3 and CloudWatch bill as a GB has 2^30 bytes: https://aws.amazon.com/s3/faqs/ (how much data can I store).
KIB_PER_GB = 1 << 20
DAYS_PER_MONTH = HOURS_PER_MONTH / 24


@dataclass(frozen=True, kw_only=True)
class AlarmCount:
    """What CloudWatch bills for alarms: metrics that they watch, by the minute or more often, and composite alarms."""

    standard: int
    high_resolution: int
    composite: int


def alarm_count(endpoint: AnyEndpoint, environment: Environment) -> AlarmCount:
    """The alarms of an endpoint's stack, and the two that target tracking makes for each of its policies.

    An alarm on a share divides two metrics and is billed for both. Target tracking on the 10-second concurrency metric
    has alarms of high resolution
    (https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html).
    """
    scaling = _scaling_alarms(endpoint)
    watched = sum(objective.metrics for objective in objectives(endpoint, environment))
    rollout = None if isinstance(endpoint, ServerlessEndpoint) else endpoint.rollout
    rollback = sum(ROLLBACK_ALARMS.values()) if rollout is not None and rollout.turn_back_on_errors else 0
    return AlarmCount(
        standard=watched + rollback + scaling.standard, high_resolution=scaling.high_resolution, composite=1
    )


def _scaling_alarms(endpoint: AnyEndpoint) -> AlarmCount:
    none = AlarmCount(standard=0, high_resolution=0, composite=0)
    if isinstance(endpoint, ServerlessEndpoint) or endpoint.scaling.instances.min == endpoint.scaling.instances.max:
        return none
    scaling = endpoint.scaling
    if isinstance(scaling, AsyncScaling):
        return replace(none, standard=1 + _ALARMS_OF_A_POLICY)
    on_invocations = scaling.target_invocations_per_minute_per_instance is not None
    on_concurrency = isinstance(scaling, RealTimeScaling) and scaling.target_concurrency_per_instance is not None
    return replace(
        none,
        standard=_ALARMS_OF_A_POLICY if on_invocations else 0,
        high_resolution=_ALARMS_OF_A_POLICY if on_concurrency else 0,
    )


_ALARMS_OF_A_POLICY = 2


def monitoring_lines(
    entry: Entry, environment: Environment, requests: Band | None, traffic: Traffic | None, rates: Rates
) -> Iterator[Line]:
    """Logs, alarms, who hears them, and dashboards of one endpoint."""
    endpoint = entry.endpoint
    yield from _logs(endpoint, requests, traffic, rates)
    alarms = alarm_count(endpoint, environment)
    yield line("alarms", f"{alarms.standard} metrics in alarms", ALARM_MONTH, alarms.standard, rates)
    if alarms.high_resolution:
        what = f"{alarms.high_resolution} high-resolution alarms of the scaling policy"
        yield line("alarms", what, HIGH_RESOLUTION_ALARM_MONTH, alarms.high_resolution, rates)
    yield line("alarms", "one composite alarm", COMPOSITE_ALARM_MONTH, alarms.composite, rates)
    yield from notice_lines(entry.team.alarms, len(objectives(endpoint, environment)), rates)
    if endpoint.dashboard:
        yield line("metrics", "one dashboard, if the account has three", DASHBOARD_MONTH, 1, rates)
    if endpoint.detailed_observability:
        yield unpriced("metrics", "detailed observability: SageMaker's OpenTelemetry metrics")


def stored_gb(gb_per_month: Band | None, keep_days: int) -> Band | None:
    """What lies there on average once the oldest begins to expire."""
    return gb_per_month.times(keep_days / DAYS_PER_MONTH) if gb_per_month else None


def gigabytes(requests: Band | None, kib_per_request: Decimal | None) -> Band | None:
    """What so many requests of such a size amount to; None where one of them is not known."""
    return None if requests is None or kib_per_request is None else requests.times(kib_per_request / KIB_PER_GB)


def _logs(endpoint: AnyEndpoint, requests: Band | None, traffic: Traffic | None, rates: Rates) -> Iterator[Line]:
    written = gigabytes(requests, traffic.log_kib_per_request if traffic else None)
    yield line("logs", "written", LOGS_INGESTED, written, rates)
    days = endpoint.log_keep_days
    yield line("logs", f"kept {days} days", LOGS_STORED, stored_gb(written, days), rates)
