"""Reading the record stream inside Flink: the same code as in the Lambda function, so that both read the same records.

What is no record is left out here without a trace, and so is a line that names another endpoint than its log group's:
`lambdas/stream_processor` reads the same stream, for the table, and sets poison aside. Whether a name that no log group
vouches for is an endpoint at all cannot be asked from here: `lambdas/window_publisher` does, before it makes a metric.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lambdas.stream_processor.envelope import NotReadable, content_in
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
        content = content_in(data)
    except NotReadable:
        return
    for text in content.lines:
        if text is None:
            continue
        try:
            record = request_record(text)
        except NotARecord:
            continue
        if not content.may_name(record["endpoint"]):
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
