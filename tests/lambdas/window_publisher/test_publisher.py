"""Rows of the window stream become metrics once, and those of a refused request come again."""

from __future__ import annotations

import base64
import json
from collections.abc import Container
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.shared.recent_ids import RecentIds
from lambdas.window_publisher.publisher import WindowPublisher

NOW = datetime(2026, 11, 21, 7, 5, tzinfo=UTC)


class CloudWatch:
    """Keeps what it is sent; refuses as often as it is told."""

    def __init__(self, refuse: int = 0) -> None:
        self.requests: list[list[dict[str, Any]]] = []
        self.refuse = refuse

    def put_metric_data(self, **request: Any) -> None:
        if self.refuse:
            self.refuse -= 1
            raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "PutMetricData")
        assert request["Namespace"] == "modelyard/Requests"
        assert len(request["MetricData"]) <= 1000
        self.requests.append(request["MetricData"])

    def values(self, name: str) -> list[Any]:
        return [datum for data in self.requests for datum in data if datum["MetricName"] == name]


def totals(row_id: str = "chat/AllTraffic/2026-11-21T07:00", **fields: Any) -> dict[str, Any]:
    tokens = {"count": 2, "sum": 30, "smallest": 10, "largest": 20}
    return {
        "record": "modelyard.window_totals/1",
        "row_id": row_id,
        "endpoint": "chat",
        "variant": "AllTraffic",
        "minute": "2026-11-21T07:00",
        "requests": 3,
        "errors": 1,
        "records_dropped": 0,
        "input_tokens": tokens,
        "output_tokens": tokens,
        "cached_input_tokens": {"count": 0, "sum": None, "smallest": None, "largest": None},
        **fields,
    }


def durations(values: dict[float, int], **fields: Any) -> dict[str, Any]:
    return {
        "record": "modelyard.window_durations/1",
        "row_id": "chat/AllTraffic/2026-11-21T07:00",
        "endpoint": "chat",
        "variant": "AllTraffic",
        "minute": "2026-11-21T07:00",
        "metric": "RequestLatency",
        "milliseconds": [{"value": value, "count": count} for value, count in values.items()],
        **fields,
    }


def event(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"kinesis": {"data": base64.b64encode(json.dumps(row).encode()).decode()}} for row in rows]


def publisher(cloudwatch: CloudWatch, known: Container[str] = ("chat",)) -> WindowPublisher:
    return WindowPublisher(
        cloudwatch, published=RecentIds(capacity=100), now=lambda: NOW, known=known, variants={"AllTraffic"}
    )


class Unreachable:
    """SageMaker that does not say which endpoints there are."""

    def __contains__(self, name: object) -> bool:
        raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "ListEndpoints")


def test_a_row_of_names_that_the_account_has_not_makes_no_metrics_and_keeps_no_other_back() -> None:
    cloudwatch = CloudWatch()
    invented = [totals(row_id=f"{number}", endpoint=f"invented-{number}") for number in range(500)]
    outcome = publisher(cloudwatch).publish(event(*invented, totals(row_id="x", variant="Invented"), totals()))
    assert (outcome.published, outcome.refused, outcome.failed_from) == (1, 501, None)
    assert len(cloudwatch.values("Requests")) == 1


def test_rows_come_again_where_nobody_says_which_endpoints_there_are() -> None:
    outcome = publisher(CloudWatch(), Unreachable()).publish(event(totals()))
    assert (outcome.published, outcome.refused, outcome.failed_from) == (0, 0, 0)


def test_totals_are_counts_and_exact_sums_and_nothing_is_said_of_what_nobody_measured() -> None:
    cloudwatch = CloudWatch()
    assert publisher(cloudwatch).publish(event(totals())).published == 1
    found = {datum["MetricName"]: datum for data in cloudwatch.requests for datum in data}
    assert {name: found[name]["Value"] for name in ("Requests", "Errors", "RecordsDropped")} == {
        "Requests": 3,
        "Errors": 1,
        "RecordsDropped": 0,
    }
    assert found["InputTokens"]["StatisticValues"] == {"SampleCount": 2, "Sum": 30, "Minimum": 10, "Maximum": 20}
    assert "CachedInputTokens" not in found
    assert found["Requests"]["Timestamp"] == "2026-11-21T07:00:00Z"
    assert {one["Name"]: one["Value"] for one in found["Requests"]["Dimensions"]} == {
        "EndpointName": "chat",
        "VariantName": "AllTraffic",
    }


def test_durations_are_values_with_counts_at_most_150_in_a_datum() -> None:
    cloudwatch = CloudWatch()
    publisher(cloudwatch).publish(event(durations({float(number): number for number in range(1, 401)})))
    data = cloudwatch.values("RequestLatency")
    assert [len(datum["Values"]) for datum in data] == [150, 150, 100]
    assert {datum["Unit"] for datum in data} == {"Milliseconds"}
    assert sum(sum(datum["Counts"]) for datum in data) == sum(range(1, 401))


def test_a_row_that_flink_puts_again_is_not_published_again() -> None:
    cloudwatch = CloudWatch()
    it = publisher(cloudwatch)
    assert it.publish(event(totals(), durations({5.0: 1}), totals())).repeated == 1
    again = it.publish(event(totals(), durations({5.0: 1})))
    assert (again.published, again.repeated) == (0, 2)
    assert len(cloudwatch.values("Requests")) == 1


def test_a_late_record_adds_to_its_minute() -> None:
    cloudwatch = CloudWatch()
    it = publisher(cloudwatch)
    it.publish(event(totals()))
    assert it.publish(event(totals(row_id="0" * 32, requests=1))).published == 1
    assert [datum["Value"] for datum in cloudwatch.values("Requests")] == [3, 1]


def test_what_cloudwatch_did_not_take_comes_again_and_what_it_took_does_not() -> None:
    cloudwatch = CloudWatch()
    it = publisher(cloudwatch)
    # Each takes most of a request, so that they are three.
    large = [
        durations({float(number): 1 for number in range(1, 6000)}, row_id=f"chat/AllTraffic/{minute}", minute=minute)
        for minute in ("2026-11-21T07:00", "2026-11-21T07:01", "2026-11-21T07:02")
    ]
    it.publish(event(large[0]))
    cloudwatch.refuse = 1
    outcome = it.publish(event(*large))
    assert (outcome.failed_from, outcome.published) == (1, 0)
    assert "Rate exceeded" in outcome.failure
    outcome = it.publish(event(*large[1:]))
    assert (outcome.failed_from, outcome.published) == (None, 2)
    assert len(cloudwatch.requests) == 3


@pytest.mark.parametrize("minute", ["2026-11-07T07:00", "2026-11-21T09:05"])
def test_a_minute_that_cloudwatch_refuses_does_not_fail_the_others(minute: str) -> None:
    cloudwatch = CloudWatch()
    outcome = publisher(cloudwatch).publish(event(totals(row_id="x", minute=minute), totals()))
    assert (outcome.published, outcome.too_old, outcome.failed_from) == (1, 1, None)


def test_a_row_of_another_kind_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="is no kind of row"):
        publisher(CloudWatch()).publish(event(totals(record="modelyard.window_totals/2")))
