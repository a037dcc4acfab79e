"""What processing the records of all endpoints costs, beyond what each endpoint's records cost by their size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from modelyard.catalog.schema import Shards, Signals
from modelyard.pricing.band import Band, total
from modelyard.pricing.line import Line, Rates, line, unpriced
from modelyard.pricing.meters import (
    DELIVERY_OBJECTS,
    FUNCTION_GB_SECOND,
    FUNCTION_REQUESTS,
    LOGS_INGESTED,
    METRIC_MONTH,
    METRIC_REQUESTS,
    OBJECT_WRITES,
)
from modelyard.pricing.monitoring_cost import KIB_PER_GB
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.record_volume import (
    LOG_KIB_PER_CALL,
    RECORD_KIB,
    RECORDS_TOGETHER,
    SECONDS_PER_CALL,
    SECONDS_PER_RECORD,
    calls_of_processor,
)

# Tests hold these against the foundation's stack and against what the stream processor publishes.
FUNCTION_MEMORY_MB = 1769
BATCH_RECORDS = 500
DELIVERY_MINUTES, DELIVERY_MB = 5, 128
PROCESSOR_METRICS = 3
# An on-demand stream begins with so many: https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
SHARDS_ON_DEMAND = 4
# A call of the function makes one of PutMetricData for its own health and one at least for the windows that it read;
# one takes four durations each of so many requests (lambdas/shared/metric_data.py).
_CALLS_FOR_A_CALL, _REQUESTS_IN_A_CALL = 2, 2_250
_MB_PER_GB = 1024
# More names than this hide the rest of a line.
_MOST_NAMES = 4

Asked = Mapping[str, Band | None]


def function_gb_seconds(seconds: Band | None) -> Band | None:
    """What so many seconds of one of our functions are billed as."""
    return seconds.times(Decimal(FUNCTION_MEMORY_MB) / _MB_PER_GB) if seconds else None


def processing_lines(signals: Signals, asked: Asked, rates: Rates) -> Iterator[Line]:
    """The stream processor and its delivery, by the requests of the endpoints that write records.

    Where nobody stated what an endpoint is asked, the amounts are without it, and a line says so.
    """
    unknown = [name for name, requests in asked.items() if requests is None]
    if unknown:
        whose = ", ".join(unknown) if len(unknown) <= _MOST_NAMES else f"{len(unknown)} endpoints"
        yield line("records", f"processing the records of {whose}", FUNCTION_REQUESTS, None, rates)
    if len(unknown) == len(asked):
        return
    records = total(requests for requests in asked.values() if requests is not None)
    shards = signals.stream.shards if isinstance(signals.stream, Shards) else SHARDS_ON_DEMAND
    calls = _each(records, lambda number: calls_of_processor(number, shards=shards, batch=BATCH_RECORDS))
    yield line("records", "calls of the stream processor", FUNCTION_REQUESTS, calls, rates)
    seconds = calls.times(SECONDS_PER_CALL) + records.times(SECONDS_PER_RECORD)
    what = f"the stream processor at work, with {FUNCTION_MEMORY_MB:,} MB"
    yield line("records", what, FUNCTION_GB_SECOND, function_gb_seconds(seconds), rates)
    log = calls.times(LOG_KIB_PER_CALL / KIB_PER_GB)
    yield line("logs", "of the stream processor", LOGS_INGESTED, log, rates)
    told = calls.times(_CALLS_FOR_A_CALL) + records.times(Decimal(1) / _REQUESTS_IN_A_CALL)
    yield line("metrics", "calls of PutMetricData, at most", METRIC_REQUESTS, told, rates)
    own = _each(records, lambda number: Decimal(PROCESSOR_METRICS if number else 0))
    yield line("metrics", f"{PROCESSOR_METRICS} metrics of the stream processor", METRIC_MONTH, own, rates)
    files = _each(records, _files)
    yield line("records", "files of the table, delivered", DELIVERY_OBJECTS, files, rates)
    yield line("records", "files of the table, written to S3", OBJECT_WRITES, files, rates)
    yield unpriced("records", "sorting the table by hour: JQ hours, of which AWS does not say how they add up")


def processing_assumption(asked: Asked) -> str:
    """What the amounts rest on, in a sentence."""
    if not asked:
        return "no image of these endpoints writes records, so nothing goes through the stream"
    return (
        f"{RECORDS_TOGETHER} records lie in one Kinesis record; the stream processor takes {SECONDS_PER_CALL} s a call "
        f"and {SECONDS_PER_RECORD * 1_000_000:.0f} microseconds a record"
    )


def _files(records: Decimal) -> Decimal:
    """A file for each buffer that its minutes or its size end."""
    return min(records, HOURS_PER_MONTH * 60 / DELIVERY_MINUTES) + records * RECORD_KIB / (DELIVERY_MB * 1024)


def _each(band: Band, of: Callable[[Decimal], Decimal]) -> Band:
    return Band(low=of(band.low), expected=of(band.expected), high=of(band.high))
