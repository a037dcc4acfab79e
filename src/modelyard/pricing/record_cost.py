"""What the records of requests cost: the stream itself, and what each endpoint sends by way of it into the table.

https://aws.amazon.com/kinesis/data-streams/pricing/ and https://aws.amazon.com/firehose/pricing/
"""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Entry
from modelyard.catalog.objectives import writes_records
from modelyard.catalog.schema import Environment, Shards, Signals
from modelyard.pricing.band import Band
from modelyard.pricing.line import Line, Rates, line, unpriced
from modelyard.pricing.meters import (
    DELIVERY_CONVERTED,
    DELIVERY_INGESTED,
    DELIVERY_PARTITIONED,
    EXTENDED_SHARD_HOUR,
    LOGS_INGESTED,
    LOGS_STORED,
    METRIC_MONTH,
    OBJECTS_STORED,
    SHARD_HOUR,
    SHARD_WRITES,
    STREAM_DATA_IN,
    STREAM_DATA_OUT,
    STREAM_HOUR,
)
from modelyard.pricing.monitoring_cost import gigabytes, stored_gb
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.record_volume import EVENT_KIB, ON_THE_STREAM, ROW_KIB, billed_kib, metric_months, record_kib
from modelyard.pricing.usage import Traffic

# What is kept longer than the first day, and longer than the first week, is billed by other meters.
_INCLUDED_HOURS, _EXTENDED_HOURS = 24, 168
# Tests hold these against the stack of the foundation and against what the stream processor publishes.
TABLE_KEEP_DAYS = 400
REQUEST_METRICS = 10


def stream_lines(signals: Signals, rates: Rates) -> Iterator[Line]:
    """The stream of an environment, whatever goes through it."""
    kept = signals.stream_retention_hours
    if not isinstance(signals.stream, Shards):
        yield line("records", "the record stream, on demand", STREAM_HOUR, HOURS_PER_MONTH, rates)
        if kept > _INCLUDED_HOURS:
            yield unpriced("records", f"what the stream keeps longer than {_INCLUDED_HOURS} hours")
        return
    hours = signals.stream.shards * HOURS_PER_MONTH
    yield line("records", f"{signals.stream.shards} shards of the record stream", SHARD_HOUR, hours, rates)
    if kept > _INCLUDED_HOURS:
        yield line("records", f"kept longer than {_INCLUDED_HOURS} hours", EXTENDED_SHARD_HOUR, hours, rates)
    if kept > _EXTENDED_HOURS:
        yield unpriced("records", f"what the stream keeps longer than {_EXTENDED_HOURS} hours")


def record_lines(
    entry: Entry, environment: Environment, requests: Band | None, traffic: Traffic | None, rates: Rates
) -> Iterator[Line]:
    """What one endpoint's records cost from its log to the table and the metrics; nothing where it writes none."""
    signals = environment.signals
    if signals is None or not writes_records(entry.endpoint):
        return
    logged = record_kib(traffic)
    if signals.delivery == "logs":
        written = gigabytes(requests, logged + EVENT_KIB)
        days = entry.endpoint.log_keep_days
        yield line("logs", "records, a line for each request", LOGS_INGESTED, written, rates)
        yield line("logs", f"records, kept {days} days", LOGS_STORED, stored_gb(written, days), rates)
    if isinstance(signals.stream, Shards):
        # Records come in batches, so that one unit per request is the most it can be.
        yield line("records", "put into the stream, at most one unit per request", SHARD_WRITES, requests, rates)
    else:
        # What containers put themselves is not compressed.
        packed = logged * (ON_THE_STREAM if signals.delivery == "logs" else 1)
        yield line("records", "put into the stream", STREAM_DATA_IN, gigabytes(requests, billed_kib(packed)), rates)
        yield line("records", "read from the stream", STREAM_DATA_OUT, gigabytes(requests, packed), rates)
    delivered = gigabytes(requests, logged)
    yield line("records", "delivered to the table", DELIVERY_INGESTED, delivered, rates)
    yield line("records", "delivered: converted to Parquet", DELIVERY_CONVERTED, delivered, rates)
    yield line("records", "delivered: sorted by hour", DELIVERY_PARTITIONED, delivered, rates)
    rows = stored_gb(gigabytes(requests, ROW_KIB), TABLE_KEEP_DAYS)
    yield line("records", f"rows of the table, kept {TABLE_KEEP_DAYS} days", OBJECTS_STORED, rows, rates)
    months = metric_months(REQUEST_METRICS, traffic)
    yield line(
        "metrics", f"{REQUEST_METRICS} metrics of requests, in the hours that have any", METRIC_MONTH, months, rates
    )
