"""What PutMetricData takes of requests: values with counts for percentiles, exact sums for totals, and its limits.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

NAMESPACE = "modelyard/Requests"
# Limits of one MetricDatum and of one request.
VALUES_PER_DATUM = 150
_DATA_PER_CALL = 1000
# A request is at most 1 MB. A datum takes some 500 bytes, and each value with its count some 100 where it is written as
# a form, the longest of CloudWatch's protocols; at most 40 as JSON or CBOR.
_WEIGHT_PER_CALL = 900_000
_DATUM_WEIGHT = 500
FORM_VALUE_BYTES, _SHORT_VALUE_BYTES = 100, 40
# PutMetricData refuses a request with a time that is older or further ahead; a few minutes are left for the way there.
_OLDEST, _FURTHEST_AHEAD = timedelta(days=14, minutes=-10), timedelta(hours=2, minutes=-10)

Datum = dict[str, Any]
Source = TypeVar("Source")


class CloudWatch(Protocol):
    """What of boto3's client is used."""

    def put_metric_data(self, **request: Any) -> Any:
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
        ...


def minute_of_variant(endpoint: str, variant: str, minute: str) -> Datum:
    """What all data of one variant's minute, such as `2026-11-21T07:00`, have in common."""
    return {
        "Dimensions": [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}],
        "Timestamp": f"{minute}:00Z",
    }


def distribution(common: Datum, name: str, counts: Mapping[float, int]) -> Iterator[Datum]:
    """Durations in milliseconds with how often each occurred, in as many data as they need."""
    values = sorted(counts)
    for start in range(0, len(values), VALUES_PER_DATUM):
        some = values[start : start + VALUES_PER_DATUM]
        numbers = {"Values": some, "Counts": [counts[value] for value in some]}
        yield {**common, "MetricName": name, "Unit": "Milliseconds", **numbers}


def count(common: Datum, name: str, number: int) -> Datum:
    """A number of things that happened."""
    return {**common, "MetricName": name, "Unit": "Count", "Value": number}


def sums(common: Datum, name: str, *, count: int, total: int, smallest: int, largest: int) -> Datum:
    """An exact sum over requests."""
    statistics = {"SampleCount": count, "Sum": total, "Minimum": smallest, "Maximum": largest}
    return {**common, "MetricName": name, "Unit": "Count", "StatisticValues": statistics}


def value_bytes(client: Any) -> int:
    """How many bytes boto3's client writes for a value, at most: older ones know no other protocol than forms."""
    protocol = getattr(client.meta.service_model, "resolved_protocol", "query")
    return FORM_VALUE_BYTES if protocol == "query" else _SHORT_VALUE_BYTES


def packed(
    sources: Iterable[tuple[Source, list[Datum]]], *, value_bytes: int = FORM_VALUE_BYTES
) -> Iterator[tuple[list[Source], list[Datum]]]:
    """As many sources, each with all of its data, as one request takes; one that needs more than a request is the
    caller's mistake."""
    together: list[Source] = []
    data: list[Datum] = []
    weight = 0
    for source, more in sources:
        its_weight = sum(_DATUM_WEIGHT + value_bytes * len(datum.get("Values", ())) for datum in more)
        if data and (weight + its_weight > _WEIGHT_PER_CALL or len(data) + len(more) > _DATA_PER_CALL):
            yield together, data
            together, data, weight = [], [], 0
        together.append(source)
        data.extend(more)
        weight += its_weight
    if data:
        yield together, data


def accepted_minutes(now: datetime) -> tuple[str, str]:
    """The first and the last minute that CloudWatch accepts."""
    return f"{now - _OLDEST:%Y-%m-%dT%H:%M}", f"{now + _FURTHEST_AHEAD:%Y-%m-%dT%H:%M}"
