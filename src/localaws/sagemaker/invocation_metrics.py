"""SageMaker's own CloudWatch metrics, gathered in memory and written in batches off the request path.

Names, dimensions and units: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html (latencies are
microseconds) and https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html.
"""

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.scope import Scope

NAMESPACE = "AWS/SageMaker"
MICROSECONDS, COUNT, SECONDS, MILLISECONDS, NONE = "Microseconds", "Count", "Seconds", "Milliseconds", "None"

_log = logging.getLogger(__name__)
_FLUSH_SECONDS = 0.5
# PutMetricData takes at most 1,000 metrics a call and 150 different values a metric.
_MOST_METRICS = 500
_MOST_VALUES = 150

_Key = tuple[Scope, str, str, str, tuple[tuple[str, str], ...], datetime]


class InvocationMetrics:
    """Takes single values from request threads; a thread of its own writes them."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._values: dict[_Key, Counter[float]] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._noted = threading.Event()
        self._thread = threading.Thread(target=self._write_until_closed, name="metrics", daemon=True)
        self._thread.start()

    def add(
        self,
        scope: Scope,
        name: str,
        value: float,
        unit: str,
        dimensions: Mapping[str, str],
        *,
        namespace: str = NAMESPACE,
    ) -> None:
        """Note one value at the clock's present second."""
        moment = self._dependencies.clock.now().replace(microsecond=0)
        key = (scope, namespace, name, unit, tuple(sorted(dimensions.items())), moment)
        with self._lock:
            self._values.setdefault(key, Counter())[value] += 1
        self._noted.set()

    def close(self) -> None:
        """Write what is left."""
        self._closed.set()
        self._noted.set()
        self._thread.join(timeout=10)

    def _write_until_closed(self) -> None:
        while not self._closed.is_set():
            self._noted.wait()
            self._noted.clear()
            self._closed.wait(_FLUSH_SECONDS)  # what comes soon after leaves in the same call
            self.flush()

    def flush(self) -> None:
        """Write everything noted so far."""
        with self._lock:
            values, self._values = self._values, {}
        batches: dict[tuple[Scope, str], list[dict[str, Any]]] = {}
        for (scope, namespace, name, unit, dimensions, moment), counts in values.items():
            batches.setdefault((scope, namespace), []).extend(_data(name, unit, dimensions, moment, counts))
        for (scope, namespace), data in batches.items():
            for start in range(0, len(data), _MOST_METRICS):
                self._put(scope, namespace, data[start : start + _MOST_METRICS])

    def _put(self, scope: Scope, namespace: str, data: list[dict[str, Any]]) -> None:
        try:
            cloudwatch = self._dependencies.service_client("cloudwatch", scope)
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
        except (ClientError, BotoCoreError) as error:
            _log.warning("%d metrics of SageMaker could not be written: %s", len(data), error)


def _data(
    name: str, unit: str, dimensions: tuple[tuple[str, str], ...], moment: datetime, counts: Counter[float]
) -> list[dict[str, Any]]:
    pairs = list(counts.items())
    return [
        {
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
            "Timestamp": moment,
            "Unit": unit,
            "Values": [float(value) for value, _ in pairs[start : start + _MOST_VALUES]],
            "Counts": [float(count) for _, count in pairs[start : start + _MOST_VALUES]],
        }
        for start in range(0, len(pairs), _MOST_VALUES)
    ]
