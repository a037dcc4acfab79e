"""What a record measures in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A column of durations, and what people call it."""

    column: str
    name: str
    short: str


FIRST_TOKEN = Measure(column="time_to_first_token_ms", name="Time to first token", short="TTFT")
EACH_TOKEN = Measure(column="time_per_output_token_ms", name="Time per output token", short="TPOT")
LATENCY = Measure(column="latency_ms", name="Latency", short="Latency")
QUEUE = Measure(column="queue_ms", name="Time in the queue", short="Queue")
MEASURES = (FIRST_TOKEN, EACH_TOKEN, LATENCY, QUEUE)
