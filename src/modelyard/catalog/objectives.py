"""Which service level objectives an endpoint has: one alarm each, by the logical id that the alarm's resource has.

What an alarm looks like is `modelyard_constructs`' business; what it costs follows from the resource that they make.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from modelyard.catalog.entry import AnyEndpoint
from modelyard.catalog.schema import (
    AsyncEndpoint,
    Capture,
    Environment,
    QueueSlo,
    RequestSlo,
    ServerlessEndpoint,
)

# Of an hour's requests SageMaker records each with the stated probability. Where ten are to be expected, that there is
# none has a probability of less than exp(-10); in two hours together, less than one in a hundred million.
CAPTURES_EXPECTED = 10

# Of a serverless endpoint's concurrency, where its entry names no share.
_CONCURRENCY_PERCENT = 90.0


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What is held: `threshold` in the unit of the entry's key.

    Of capture silence the threshold is how many requests an hour must have had for its silence to say something.
    """

    name: str
    threshold: float

    @property
    def logical_id(self) -> str:
        """The id of the alarm's resource in the endpoint's stack."""
        return f"{self.name}Alarm"


def writes_records(endpoint: AnyEndpoint) -> bool:
    """Whether the container may write a record of each request: our images do, those of AWS do not."""
    serving = endpoint.serving
    return serving.engine == "custom" or (serving.engine == "vllm" and serving.image is not None)


def objectives(endpoint: AnyEndpoint, environment: Environment) -> tuple[Objective, ...]:
    """The objectives of an endpoint's kind there, in the order in which its stack has their alarms."""
    stated = [*_stated(endpoint), *(_of_signals(endpoint) if environment.signals is not None else ())]
    return tuple(Objective(name=name, threshold=threshold) for name, threshold in stated if threshold is not None)


def _of_signals(endpoint: AnyEndpoint) -> Iterator[tuple[str, float | None]]:
    """What is known of an endpoint only where its environment has signals."""
    dropped = endpoint.slo.dropped_records
    yield "RecordsDropped", 0 if dropped is None and writes_records(endpoint) else dropped
    capture: Capture | None = None if isinstance(endpoint, ServerlessEndpoint) else endpoint.capture
    if capture is not None:
        expected = math.ceil(CAPTURES_EXPECTED * 100 / capture.sample_percent)
        yield "CaptureSilence", expected
        yield "Drift", capture.drift_psi


def _stated(endpoint: AnyEndpoint) -> Iterator[tuple[str, float | None]]:
    slo = endpoint.slo
    if isinstance(slo, QueueSlo):
        yield "ServerErrors", slo.failed_requests
        yield "ModelErrors", slo.failed_requests
        yield "LostRequests", slo.failed_requests
        notified = isinstance(endpoint, AsyncEndpoint) and endpoint.queue.notify
        yield "UntoldAnswers", slo.failed_requests if notified else None
    else:
        yield "ServerErrors", slo.server_error_percent
        yield "ClientErrors", slo.client_error_percent
    if isinstance(slo, RequestSlo):
        yield "ModelErrors", slo.model_error_percent
    yield "Latency", slo.latency_p99_seconds
    yield "MedianLatency", slo.latency_p50_seconds
    yield "TimeToFirstToken", slo.time_to_first_token_p90_seconds
    if isinstance(endpoint, ServerlessEndpoint):
        saturates = endpoint.serving.max_concurrency > 1
        yield "Concurrency", endpoint.slo.concurrency_percent or (_CONCURRENCY_PERCENT if saturates else None)
        return
    yield "Disk", endpoint.slo.disk_percent
    yield "GpuMemory", endpoint.slo.gpu_memory_percent
    if isinstance(endpoint, AsyncEndpoint):
        yield "BacklogAge", endpoint.slo.backlog_age_seconds
        yield "BacklogSize", endpoint.slo.backlog_requests
        yield "NoCapacity", endpoint.slo.no_capacity_minutes
