"""What Lambda tells CloudWatch of an event source mapping: how old what it reads is, what ran, failed or was given up.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html: a stream's function always has IteratorAge;
counts of events are the mapping's own, and published where its MetricsConfig asks for them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ministack.services import cloudwatch

_NAMESPACE = "AWS/Lambda"


def publish_age(mapping: Mapping[str, Any], age: timedelta, *, now: datetime) -> None:
    """The age of the last record of a batch, in milliseconds."""
    milliseconds = max(0.0, age.total_seconds() * 1000)
    _publish("IteratorAge", milliseconds, "Milliseconds", {"FunctionName": mapping["FunctionName"]}, now)


def publish_invocation(mapping: Mapping[str, Any], *, failed: bool, now: datetime) -> None:
    """That the function ran; an answer that names failed records is no error of the function."""
    dimensions = {"FunctionName": mapping["FunctionName"]}
    _publish("Invocations", 1, "Count", dimensions, now)
    _publish("Errors", 1 if failed else 0, "Count", dimensions, now)


def publish_count(mapping: Mapping[str, Any], name: str, events: int, *, now: datetime) -> None:
    """A number of events, such as FailedInvokeEventCount; nothing where the mapping does not ask for it."""
    if "EventCount" in mapping.get("MetricsConfig", {}).get("Metrics", ()):
        _publish(name, events, "Count", {"EventSourceMappingUUID": mapping["UUID"]}, now)


def _publish(name: str, value: float, unit: str, dimensions: dict[str, str], now: datetime) -> None:
    cloudwatch._store_datum(_NAMESPACE, name, dimensions, now.timestamp(), unit, value, None, None, None)
