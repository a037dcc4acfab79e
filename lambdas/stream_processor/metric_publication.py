"""Publishing windows and the processor's own health to CloudWatch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from lambdas.shared.metric_data import FORM_VALUE_BYTES, NAMESPACE, CloudWatch, accepted_minutes
from lambdas.shared.recent_ids import RecentIds
from lambdas.stream_processor.window import Window, WindowKey
from lambdas.stream_processor.window_metrics import calls

HEALTH_NAMESPACE = "modelyard/Processor"


class MetricPublication:
    """Counts each record once, as far as this execution environment can know."""

    def __init__(
        self,
        cloudwatch: CloudWatch,
        *,
        environment_name: str,
        counted: RecentIds,
        now: Callable[[], datetime],
        value_bytes: int = FORM_VALUE_BYTES,
    ) -> None:
        self._cloudwatch = cloudwatch
        self._value_bytes = value_bytes
        self._dimensions = [{"Name": "EnvironmentName", "Value": environment_name}]
        self._counted = counted
        self._now = now

    def is_counted(self, record_id: str) -> bool:
        """Whether a record went into metrics that CloudWatch accepted."""
        return record_id in self._counted

    def publish(self, windows: Mapping[WindowKey, Window]) -> int:
        """Publish windows; returns how many records are too old or too far ahead for CloudWatch.

        Those are in the table all the same. Windows that were accepted before a failure are remembered as counted.
        """
        oldest, latest = accepted_minutes(self._now())
        timely = {key: window for key, window in windows.items() if oldest <= key.minute <= latest}
        for together, data in calls(timely.items(), value_bytes=self._value_bytes):
            self._cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
            for window in together:
                self._counted.add(window.record_ids)
        return sum(window.requests for key, window in windows.items() if key not in timely)

    def publish_health(self, *, read: int, poison: int, duplicates: int) -> None:
        """Publish how many lines were read, and how many of them were no records or had been seen."""
        counts = {"RecordsRead": read, "RecordsPoison": poison, "RecordsDuplicate": duplicates}
        data = [
            {
                "MetricName": name,
                "Dimensions": self._dimensions,
                "Timestamp": self._now().astimezone(UTC),
                "Unit": "Count",
                "Value": count,
            }
            for name, count in counts.items()
        ]
        self._cloudwatch.put_metric_data(Namespace=HEALTH_NAMESPACE, MetricData=data)
