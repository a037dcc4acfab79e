"""Reading the record stream inside Flink: the same code as in the Lambda function, so that both read the same records.

What is no record is left out here without a trace: `lambdas/stream_processor` reads the same stream, for the table, and
sets poison aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lambdas.stream_processor.envelope import NotReadable, content_lines
from lambdas.stream_processor.request_record import NotARecord, request_record

# What the aggregation needs of a record, in the order of the columns that sql/records.sql names.
TEXTS = ("record_id", "time", "endpoint", "variant")
STATUS = "status"
STOP_REASON = "stop_reason"
DURATIONS = ("time_to_first_token_ms", "time_per_output_token_ms", "latency_ms", "queue_ms")
COUNTS = ("input_tokens", "output_tokens", "cached_input_tokens", "dropped_before")

Row = tuple[Any, ...]


def rows(data: bytes) -> Iterator[Row]:
    """The records in one Kinesis record, as rows; none for a control message and for what cannot be read."""
    try:
        texts = content_lines(data)
    except NotReadable:
        return
    for text in texts:
        try:
            record = request_record(text)
        except NotARecord:
            continue
        durations = (record[name] for name in DURATIONS)
        yield (
            *(record[name] for name in TEXTS),
            record[STATUS],
            record[STOP_REASON],
            # A whole number of milliseconds is a whole number in JSON.
            *(None if duration is None else float(duration) for duration in durations),
            *(record[name] for name in COUNTS),
        )
