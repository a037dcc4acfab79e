"""What one variant of an endpoint did in one minute."""

from __future__ import annotations

from dataclasses import dataclass, field

from lambdas.stream_processor.request_record import RequestRecord

# The caller went away before the end: it says nothing bad about the endpoint.
_CALLER_LEFT = 499
# An answer broke off after its status 200 had been sent (containers/request_records/middleware.py).
_BROKE_OFF = "error"


@dataclass(frozen=True)
class WindowKey:
    """Endpoint, variant, and the UTC minute `2026-11-21T07:00` in which a request ended."""

    endpoint: str
    variant: str
    minute: str


@dataclass
class Window:
    """Durations in milliseconds and tokens one by one, as they were measured; requests as sums."""

    requests: int = 0
    errors: int = 0
    records_dropped: int = 0
    time_to_first_token_ms: list[float] = field(default_factory=list)
    time_per_output_token_ms: list[float] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)
    queue_ms: list[float] = field(default_factory=list)
    input_tokens: list[int] = field(default_factory=list)
    output_tokens: list[int] = field(default_factory=list)
    cached_input_tokens: list[int] = field(default_factory=list)
    record_ids: list[str] = field(default_factory=list)

    def add(self, record: RequestRecord) -> None:
        """Count one request. What its record does not know is not counted, rather than counted as nothing."""
        self.record_ids.append(record["record_id"])
        self.requests += 1
        status = record["status"]
        if record["stop_reason"] == _BROKE_OFF or (status >= 400 and status != _CALLER_LEFT):
            self.errors += 1
        self.records_dropped += record["dropped_before"]
        self.latency_ms.append(record["latency_ms"])
        if (first := record["time_to_first_token_ms"]) is not None:
            self.time_to_first_token_ms.append(first)
        if (each := record["time_per_output_token_ms"]) is not None:
            self.time_per_output_token_ms.append(each)
        if (queue := record["queue_ms"]) is not None:
            self.queue_ms.append(queue)
        if (tokens := record["input_tokens"]) is not None:
            self.input_tokens.append(tokens)
        if (tokens := record["output_tokens"]) is not None:
            self.output_tokens.append(tokens)
        if (tokens := record["cached_input_tokens"]) is not None:
            self.cached_input_tokens.append(tokens)
