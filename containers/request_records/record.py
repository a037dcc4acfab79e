"""One request's record: what is known of it, and the line it becomes."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field

from containers.request_records.caller import Caller
from containers.request_records.settings import RecordSettings

VERSION = "modelyard.request/1"
_LONGEST_MODEL, _LONGEST_ESCAPED = 256, 512
"""So that a line fits one write to a pipe (4,096 bytes, see `LogOutput`), whatever characters a name has."""
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(kw_only=True)
class Observation:
    """What a container and its engine measure of a request, filled in while it runs; None is what nobody measured.

    Moments are on `time.monotonic()`, in seconds.
    """

    caller: Caller
    arrived: float
    status: int = 500
    """Until a response starts: what ends without one has failed."""
    ended: float = 0.0
    ended_at: float = 0.0
    """The same moment as seconds since 1970."""
    model: str | None = None
    adapter: str | None = None
    streamed: bool = False
    queue_seconds: float | None = None
    first_token_seconds: float | None = None
    """From arrival."""
    per_output_token_seconds: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input_tokens: int | None = None
    stop_reason: str | None = None
    record_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def end(self) -> None:
        self.ended, self.ended_at = time.monotonic(), time.time()


def line(observation: Observation, settings: RecordSettings, *, dropped_before: int) -> bytes:
    """The record as one line of JSON, in the order and under the names of its schema."""
    caller = observation.caller
    model = settings.model or caller.target_model or observation.model or "unknown"
    return (
        _encode(
            {
                "record": VERSION,
                "record_id": observation.record_id,
                "time": _utc(observation.ended_at),
                "endpoint": settings.endpoint,
                "variant": settings.variant,
                "model": _bounded(model),
                "engine": settings.engine,
                "request_id": caller.request_id,
                "inference_id": caller.inference_id,
                "team": caller.team,
                "adapter": observation.adapter,
                "status": observation.status,
                "streamed": observation.streamed,
                "queue_ms": _milliseconds(observation.queue_seconds),
                "time_to_first_token_ms": _milliseconds(observation.first_token_seconds),
                "time_per_output_token_ms": _milliseconds(observation.per_output_token_seconds),
                "latency_ms": _milliseconds(observation.ended - observation.arrived),
                "input_tokens": observation.input_tokens,
                "output_tokens": observation.output_tokens,
                "cached_input_tokens": observation.cached_input_tokens,
                "stop_reason": observation.stop_reason,
                "dropped_before": dropped_before,
            }
        ).encode()
        + b"\n"
    )


def _bounded(model: str) -> str:
    """A path can name a model that is not there, in any characters."""
    short = model[:_LONGEST_MODEL]
    while len(_encode(short)) > _LONGEST_ESCAPED:
        short = short[: len(short) // 2]
    return short


def _milliseconds(seconds: float | None) -> float | None:
    """To the microsecond; a moment that another process took can lie a hair before ours."""
    return None if seconds is None else round(max(0.0, seconds) * 1000, 3)


def _utc(seconds: float) -> str:
    milliseconds = int(seconds * 1000)
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{whole}.{milliseconds % 1000:03d}Z"
