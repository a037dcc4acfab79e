"""What the record stream costs: the stream itself, and what each endpoint puts into it.

https://aws.amazon.com/kinesis/data-streams/pricing/
"""

from __future__ import annotations

from collections.abc import Iterator

from catalog.schema import Environment, Shards, Signals
from pricing.band import Band
from pricing.line import Line, Rates, line, unpriced
from pricing.meters import EXTENDED_SHARD_HOUR, SHARD_HOUR, SHARD_WRITES, STREAM_DATA_IN, STREAM_HOUR
from pricing.monitoring_cost import gigabytes
from pricing.prices import HOURS_PER_MONTH
from pricing.usage import Traffic

# What is kept longer than the first day, and longer than the first week, is billed by other meters.
_INCLUDED_HOURS, _EXTENDED_HOURS = 24, 168


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
    environment: Environment, requests: Band | None, traffic: Traffic | None, rates: Rates
) -> Iterator[Line]:
    """What one endpoint's records cost on their way into the stream; nothing without one."""
    signals = environment.signals
    if signals is None:
        return
    if isinstance(signals.stream, Shards):
        # CloudWatch Logs sends records in batches, so that one unit per request is the most it can be.
        yield line("records", "put into the stream, at most one unit per request", SHARD_WRITES, requests, rates)
    else:
        written = gigabytes(requests, traffic.record_kib if traffic else None)
        yield line("records", "put into the stream", STREAM_DATA_IN, written, rates)
