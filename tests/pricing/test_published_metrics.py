"""As many metrics are counted for an endpoint and an environment as the functions publish."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lambdas.capture_processor.distribution import Divergence
from lambdas.capture_processor.drift_window import FEATURES, ClosedWindow
from lambdas.capture_processor.event_pairs import FileEvents
from lambdas.capture_processor.metric_publication import MetricPublication as OfCapture
from lambdas.capture_processor.processor import _counts
from lambdas.shared.recent_ids import RecentIds
from lambdas.stream_processor.metric_publication import MetricPublication as OfProcessor
from lambdas.stream_processor.window import Window, WindowKey
from lambdas.stream_processor.window_metrics import window_data
from modelyard.pricing.capture_meters import CAPTURE_METRICS
from modelyard.pricing.processing_meters import PROCESSOR_METRICS
from modelyard.pricing.record_meters import REQUEST_METRICS

RECORD: dict[str, Any] = {
    "record": "modelyard.request/1",
    "record_id": "1",
    "time": "2026-11-21T07:00:00.000Z",
    "endpoint": "chat",
    "variant": "AllTraffic",
    "status": 200,
    "stop_reason": "stop",
    "queue_ms": 1.0,
    "time_to_first_token_ms": 2.0,
    "time_per_output_token_ms": 3.0,
    "latency_ms": 4.0,
    "input_tokens": 5,
    "output_tokens": 6,
    "cached_input_tokens": 1,
    "dropped_before": 0,
}


class CloudWatch:
    """Keeps the names of what it is told."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def put_metric_data(self, **request: Any) -> None:
        self.names |= {one["MetricName"] for one in request["MetricData"]}


def test_of_requests() -> None:
    window = Window()
    window.add(RECORD)
    data = window_data(WindowKey("chat", "AllTraffic", "2026-11-21T07:00"), window)
    assert len({one["MetricName"] for one in data}) == REQUEST_METRICS


def test_of_the_stream_processor() -> None:
    told = CloudWatch()
    publication = OfProcessor(
        told, environment_name="here", counted=RecentIds(capacity=1), now=lambda: datetime.now(UTC)
    )
    publication.publish_health(read=1, poison=0, duplicates=0)
    assert len(told.names) == PROCESSOR_METRICS


def test_of_captured_requests() -> None:
    told = CloudWatch()
    divergences = dict.fromkeys(FEATURES, Divergence(psi=0.1, kl=0.1))
    window = ClosedWindow(divergences=divergences, refusal_share=0.1)
    OfCapture(told).publish(endpoint="chat", variant="AllTraffic", counts=_counts(FileEvents(), []), windows=[window])
    assert len(told.names) == CAPTURE_METRICS
