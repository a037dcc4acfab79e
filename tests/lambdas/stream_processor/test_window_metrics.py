"""What is published stays within CloudWatch's limits, exact where it can be and nearly so where it cannot."""

from __future__ import annotations

import json
from random import Random
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from lambdas.shared.metric_data import FORM_VALUE_BYTES, value_bytes
from lambdas.stream_processor.window import Window, WindowKey
from lambdas.stream_processor.window_metrics import calls, window_data

KEY = WindowKey("support-chat", "AllTraffic", "2026-11-21T07:00")


def window_of(*records: dict[str, Any]) -> Window:
    window = Window()
    for one in records:
        window.add(one)
    return window


def data_of(window: Window, name: str) -> list[dict[str, Any]]:
    return [datum for datum in window_data(KEY, window) if datum["MetricName"] == name]


def test_few_values_are_published_as_they_are_with_their_counts(record: Any) -> None:
    window = window_of(*(record(number, time_to_first_token_ms=ms) for number, ms in enumerate((7.1, 3.25, 7.1))))
    (datum,) = data_of(window, "TimeToFirstToken")
    assert (datum["Values"], datum["Counts"]) == ([3.25, 7.1], [1, 2])
    assert datum["Unit"] == "Milliseconds"
    assert datum["Timestamp"] == "2026-11-21T07:00:00Z"
    assert {one["Name"]: one["Value"] for one in datum["Dimensions"]} == {
        "EndpointName": "support-chat",
        "VariantName": "AllTraffic",
    }


def test_tokens_are_exact_sums(record: Any) -> None:
    window = window_of(record(0, input_tokens=7), record(1, input_tokens=12_345_678), record(2, input_tokens=None))
    (datum,) = data_of(window, "InputTokens")
    assert datum["StatisticValues"] == {"SampleCount": 2, "Sum": 12_345_685, "Minimum": 7, "Maximum": 12_345_678}


def test_input_that_the_engine_had_in_its_cache_is_a_sum_of_its_own_where_the_engine_says_so(record: Any) -> None:
    window = window_of(record(0, cached_input_tokens=64), record(1, cached_input_tokens=0), record(2))
    (datum,) = data_of(window, "CachedInputTokens")
    assert datum["StatisticValues"] == {"SampleCount": 2, "Sum": 64, "Minimum": 0, "Maximum": 64}
    assert data_of(window_of(record(0)), "CachedInputTokens") == []


@pytest.mark.parametrize(
    ("spread", "most"),
    [
        # From 20 ms to a minute, as of requests; six digits are published of the step, which moves it a little further.
        (1.2, 0.002503),
        # Of up to a hundred million times each other they need coarser steps.
        (2.2, 0.005003),
    ],
)
def test_many_values_move_by_a_quarter_of_a_percent_at_most_and_none_is_dropped(
    record: Any, spread: float, most: float
) -> None:
    random = Random(5)
    exact = sorted(random.lognormvariate(7, spread) for _ in range(50_000))
    data = data_of(window_of(*(record(n, latency_ms=ms) for n, ms in enumerate(exact))), "RequestLatency")
    assert all(len(datum["Values"]) <= 150 for datum in data)
    published = sorted(
        value
        for datum in data
        for value, count in zip(datum["Values"], datum["Counts"], strict=True)
        for _ in range(count)
    )
    assert len(published) == len(exact)
    worst = max(abs(one - other) / other for one, other in zip(published, exact, strict=True))
    assert most / 2 < worst <= most


def test_a_window_of_any_size_fits_one_request_so_it_is_published_whole(record: Any) -> None:
    random = Random(6)
    fields = ("queue_ms", "time_to_first_token_ms", "time_per_output_token_ms", "latency_ms")
    records = [record(n, **{name: 10 ** random.uniform(-5, 18) for name in fields}) for n in range(30_000)]
    requests = list(calls([(KEY, window_of(*records))]))
    assert len(requests) == 1
    assert len(json.dumps(requests[0][1])) < 1024 * 1024


def test_many_windows_share_requests_within_their_limits(record: Any) -> None:
    windows = [(WindowKey(f"chat-{n}", "AllTraffic", "2026-11-21T07:00"), window_of(record(n))) for n in range(500)]
    requests = list(calls(windows))
    assert all(len(data) <= 1000 for _, data in requests)
    assert sum(len(together) for together, _ in requests) == 500
    assert len(requests) == 5


@pytest.mark.parametrize(("protocol", "requests"), [("query", 8), ("json", 4), ("smithy-rpc-v2-cbor", 4)])
def test_a_client_that_writes_values_shortly_needs_fewer_requests(record: Any, protocol: str, requests: int) -> None:
    random, client = Random(8), SimpleNamespace(meta=SimpleNamespace(service_model=SimpleNamespace()))
    client.meta.service_model.resolved_protocol = protocol
    fields = ("queue_ms", "time_to_first_token_ms", "time_per_output_token_ms", "latency_ms")
    windows = [
        (
            WindowKey(f"chat-{number}", "AllTraffic", "2026-11-21T07:00"),
            window_of(*(record(n, **{name: random.uniform(1, 1e6) for name in fields}) for n in range(140))),
        )
        for number in range(100)
    ]
    made = [data for _, data in calls(windows, value_bytes=value_bytes(client))]
    assert len(made) == requests
    assert all(len(json.dumps(data)) < 1024 * 1024 for data in made)


def test_boto3_writes_values_shortly_and_one_that_does_not_say_so_is_taken_for_long() -> None:
    ours = boto3.client("cloudwatch", region_name="us-east-1")
    assert value_bytes(ours) == 40
    assert value_bytes(SimpleNamespace(meta=SimpleNamespace(service_model=None))) == FORM_VALUE_BYTES


def test_an_instant_answer_has_a_place_among_many_values(record: Any) -> None:
    records = [record(n, queue_ms=float(n)) for n in range(200)]
    values = [value for datum in data_of(window_of(*records), "QueueTime") for value in datum["Values"]]
    assert values[0] == 0.0
