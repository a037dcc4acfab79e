"""What CloudWatch says of an endpoint's requests: exact sums, and percentiles of durations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from modelyard.catalog.naming import VARIANT_NAME
from modelyard.demo.signals.records import Record

NAMESPACE = "modelyard/Requests"
PERCENTILES = (50, 90, 99)
DURATIONS = {
    "TimeToFirstToken": "time_to_first_token_ms",
    "TimePerOutputToken": "time_per_output_token_ms",
    "RequestLatency": "latency_ms",
}
_SUMS = ("Requests", "Errors", "InputTokens", "OutputTokens")
_HOUR_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class PublishedDistribution:
    """Percentiles of one duration in milliseconds, from CloudWatch and from the records themselves."""

    endpoint: str
    metric: str
    count: int
    cloudwatch: dict[int, float]
    records: dict[int, float]

    @property
    def farthest_percent(self) -> float:
        """How far the two are apart at most, in percent of what the records say."""
        apart = [abs(self.cloudwatch[one] / self.records[one] - 1) * 100 for one in PERCENTILES if self.records[one]]
        return max(apart, default=0.0)


class RequestMetrics:
    """Reads the metrics of endpoints since a moment."""

    def __init__(self, cloudwatch: Any, *, since: datetime) -> None:
        self._cloudwatch = cloudwatch
        self._since = since

    def sums(self, endpoints: Iterable[str]) -> dict[str, int]:
        """Requests, errors and tokens of all these endpoints together."""
        names = list(endpoints)
        return {
            metric: int(
                sum(point["Sum"] for name in names for point in self._points(name, metric, {"Statistics": ["Sum"]}))
            )
            for metric in _SUMS
        }

    def distribution(self, endpoint: str, metric: str, records: Iterable[Record]) -> PublishedDistribution | None:
        """Percentiles of the hour that had most requests; None where nothing was measured."""
        statistics = {"Statistics": ["SampleCount"]}
        points = self._points(endpoint, metric, statistics)
        if not points:
            return None
        fullest = max(points, key=lambda point: float(point["SampleCount"]))["Timestamp"]
        names = {f"p{one}": one for one in PERCENTILES}
        extended = self._points(endpoint, metric, {"ExtendedStatistics": list(names)})
        (point,) = [point for point in extended if point["Timestamp"] == fullest]
        values = sorted(
            record[DURATIONS[metric]]
            for record in records
            if record["endpoint"] == endpoint and record[DURATIONS[metric]] is not None and _hour_of(record) == fullest
        )
        return PublishedDistribution(
            endpoint=endpoint,
            metric=metric,
            count=len(values),
            cloudwatch={one: float(point["ExtendedStatistics"][name]) for name, one in names.items()},
            records={one: percentile(values, one) for one in PERCENTILES},
        )

    def _points(self, endpoint: str, metric: str, statistics: dict[str, list[str]]) -> list[dict[str, Any]]:
        dimensions = {"EndpointName": endpoint, "VariantName": VARIANT_NAME}
        found: list[dict[str, Any]] = self._cloudwatch.get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=self._since.replace(minute=0, second=0, microsecond=0),
            EndTime=datetime.now(UTC) + timedelta(hours=1),
            Period=_HOUR_SECONDS,
            **statistics,
        )["Datapoints"]
        return found


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Of sorted values, interpolated between the two nearest ranks, as embedded AWS and DuckDB's quantile_cont do."""
    if not ordered:
        return math.nan
    rank = percent / 100 * (len(ordered) - 1)
    low = int(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (rank - low) * (ordered[high] - ordered[low])


def _hour_of(record: Record) -> datetime:
    return datetime.fromisoformat(record["time"]).replace(minute=0, second=0, microsecond=0)
