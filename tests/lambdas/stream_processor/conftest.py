"""Requests, the stream that carries them, and the services the processor writes to, as they answer."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError

from lambdas.shared.known_endpoints import KnownEndpoints
from lambdas.shared.recent_ids import RecentIds
from lambdas.stream_processor.attribution import Attribution
from lambdas.stream_processor.delivery import Delivery
from lambdas.stream_processor.metric_publication import MetricPublication
from lambdas.stream_processor.processor import StreamProcessor
from lambdas.stream_processor.quarantine import Quarantine

NOW = datetime(2026, 11, 21, 7, 5, tzinfo=UTC)


def make_record(number: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "record": "modelyard.request/1",
        "record_id": f"{number:032x}",
        "time": "2026-11-21T07:00:00.123Z",
        "endpoint": "support-chat",
        "variant": "AllTraffic",
        "model": "llama-3.1-8b-instruct",
        "engine": "vllm",
        "request_id": None,
        "inference_id": None,
        "team": "support",
        "adapter": None,
        "status": 200,
        "streamed": True,
        "queue_ms": 1.5,
        "time_to_first_token_ms": 200.5,
        "time_per_output_token_ms": 20.25,
        "latency_ms": 1000.0,
        "input_tokens": 100,
        "output_tokens": 10,
        "cached_input_tokens": None,
        "stop_reason": "stop",
        "dropped_before": 0,
        **fields,
    }


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """Makes a request's record: `record(3, status=500)`."""
    return make_record


@dataclass
class Stream:
    """Makes Kinesis events."""

    def envelope(self, *lines: str, log_group: str = "/aws/sagemaker/Endpoints/support-chat") -> bytes:
        """Lines as CloudWatch Logs sends them."""
        events = [{"id": str(place), "timestamp": 0, "message": line} for place, line in enumerate(lines)]
        return gzip.compress(
            json.dumps({"messageType": "DATA_MESSAGE", "logGroup": log_group, "logEvents": events}).encode()
        )

    def records(self, *contents: bytes) -> list[dict[str, Any]]:
        """Contents as the `Records` of an event; the place is the sequence number."""
        return [
            {
                "kinesis": {
                    "sequenceNumber": str(place),
                    "data": base64.b64encode(content).decode(),
                    "approximateArrivalTimestamp": NOW.timestamp(),
                }
            }
            for place, content in enumerate(contents)
        ]

    def of(self, *requests: dict[str, Any]) -> list[dict[str, Any]]:
        """Each request in an envelope of its own."""
        return self.records(*(self.envelope(json.dumps(request)) for request in requests))


@pytest.fixture
def stream() -> Stream:
    """Makes Kinesis events."""
    return Stream()


def refusal(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, operation)


@dataclass
class Services:
    """Firehose, CloudWatch, S3 and SageMaker; each refuses as often as it is told."""

    meta: ClassVar[Any] = SimpleNamespace(service_model=SimpleNamespace(resolved_protocol="json"))
    delivered: list[str] = field(default_factory=list)
    lines_of_records: list[int] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    health: Counter[str] = field(default_factory=Counter)
    objects: dict[str, bytes] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    refuse: Counter[str] = field(default_factory=Counter)
    # How often each Firehose record, by its place in a call, is not taken while the others are.
    leave: Counter[int] = field(default_factory=Counter)
    endpoints: list[str] = field(default_factory=lambda: ["faq", "support-chat"])
    monotonic: float = 0

    def _count(self, operation: str) -> None:
        self.calls[operation] += 1
        if self.refuse[operation] > 0:
            self.refuse[operation] -= 1
            raise refusal(operation)

    def put_record_batch(self, *, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> Any:
        self._count("put_record_batch")
        responses = []
        for place, one in enumerate(Records):
            if self.leave[place] > 0:
                self.leave[place] -= 1
                responses.append({"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."})
            else:
                lines = one["Data"].splitlines()
                self.lines_of_records.append(len(lines))
                self.delivered += [json.loads(line)["record_id"] for line in lines]
                responses.append({"RecordId": "1"})
        return {"RequestResponses": responses}

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> Any:
        self._count(Namespace)
        if Namespace == "modelyard/Processor":
            self.health.update({datum["MetricName"]: datum["Value"] for datum in MetricData})
        else:
            self.metrics += MetricData

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> Any:
        self._count("put_object")
        self.objects[Key] = Body

    def list_endpoints(self, *, MaxResults: int, NextToken: str = "0") -> Any:
        self._count("list_endpoints")
        start = int(NextToken)
        more = {"NextToken": str(start + MaxResults)} if start + MaxResults < len(self.endpoints) else {}
        names = self.endpoints[start : start + MaxResults]
        return {"Endpoints": [{"EndpointName": name} for name in names], **more}

    def processor(self, *, log_groups_vouch: bool = True) -> StreamProcessor:
        """A processor of a new execution environment, which remembers nothing."""
        return StreamProcessor(
            delivery=Delivery(self, stream="requests", delivered=RecentIds(capacity=1000), sleep=lambda seconds: None),
            quarantine=Quarantine(self, bucket="signals"),
            metrics=MetricPublication(self, environment_name="prod", counted=RecentIds(capacity=1000), now=lambda: NOW),
            attribution=Attribution(
                known=KnownEndpoints(self, clock=lambda: self.monotonic),
                variants={"AllTraffic"},
                log_groups_vouch=log_groups_vouch,
            ),
        )

    def total(self, name: str) -> float:
        """What CloudWatch's Sum answers for a metric."""
        sums = 0.0
        for datum in self.metrics:
            if datum["MetricName"] == name:
                values = zip(datum.get("Values", ()), datum.get("Counts", ()), strict=True)
                sums += datum.get("Value", 0) + datum.get("StatisticValues", {}).get("Sum", 0)
                sums += sum(value * count for value, count in values)
        return sums


@pytest.fixture
def services() -> Services:
    """Services that take everything until told otherwise."""
    return Services()
