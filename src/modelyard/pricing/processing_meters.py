"""What processing the records of all endpoints costs, beyond what each endpoint's records cost by their size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from modelyard.blueprint.references import referred
from modelyard.pricing.aggregation_meters import publisher_lines
from modelyard.pricing.band import Band
from modelyard.pricing.data_volume import KIB_PER_GB
from modelyard.pricing.function_meters import FunctionSize, function_lines
from modelyard.pricing.line import Line, unpriced
from modelyard.pricing.meters import (
    DELIVERY_OBJECTS,
    FUNCTION_REQUESTS,
    LOGS_INGESTED,
    METRIC_MONTH,
    METRIC_REQUESTS,
    OBJECT_WRITES,
)
from modelyard.pricing.month import Asked, Month
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.record_meters import RECORD_STREAM, WINDOW_STREAM, is_on_demand, sorts
from modelyard.pricing.record_volume import (
    LOG_KIB_PER_CALL,
    RECORD_KIB,
    RECORDS_TOGETHER,
    SECONDS_PER_CALL,
    SECONDS_PER_RECORD,
    SHARDS_ON_DEMAND,
    calls_of_processor,
)
from modelyard.pricing.resources import Properties, properties_of

# A test holds it against what the stream processor publishes.
PROCESSOR_METRICS = 3
# A call of the function makes one of PutMetricData for its own health and one at least for the windows that it read;
# one takes four durations each of so many requests (lambdas/shared/metric_data.py).
_CALLS_FOR_A_CALL, _REQUESTS_IN_A_CALL = 2, 2_250
# What Lambda hands over at once, and what Firehose gathers, where a template does not say.
_DEFAULT_BATCH, _DEFAULT_HINTS = 100, {"IntervalInSeconds": 300, "SizeInMBs": 5}
# More names than this hide the rest of a line.
_MOST_NAMES = 4


def mapping_lines(mappings: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::Lambda::EventSourceMapping`: the function that it calls with what goes through a stream."""
    for properties in mappings.values():
        source, function = referred(properties["EventSourceArn"]), referred(properties["FunctionName"])
        if source == RECORD_STREAM:
            yield from _processor_lines(properties, source, FunctionSize.of(month.stack, function), month)
        elif source == WINDOW_STREAM:
            yield from publisher_lines(FunctionSize.of(month.stack, function), month)
        else:
            yield month.line("records", f"calls of the function {function}", FUNCTION_REQUESTS, None)


def _processor_lines(mapping: Properties, source: str, size: FunctionSize, month: Month) -> Iterator[Line]:
    """The stream processor, by the requests of the endpoints that write records.

    Where nobody stated what an endpoint is asked, the amounts are without it, and a line says so.
    """
    unknown = [name for name, requests in month.asked.items() if requests is None]
    if unknown:
        whose = ", ".join(unknown) if len(unknown) <= _MOST_NAMES else f"{len(unknown)} endpoints"
        yield month.line("records", f"processing the records of {whose}", FUNCTION_REQUESTS, None)
    records = month.records
    if records is None:
        return
    stream = properties_of(month.stack, source) or {}
    shards = SHARDS_ON_DEMAND if is_on_demand(stream) else stream["ShardCount"]
    batch = mapping.get("BatchSize", _DEFAULT_BATCH)
    calls = _each(records, lambda number: calls_of_processor(number, shards=shards, batch=batch))
    yield from function_lines(
        "records",
        ("calls of the stream processor", f"the stream processor at work, with {size.memory_mb:,} MB"),
        size,
        calls=calls,
        seconds=calls.times(SECONDS_PER_CALL) + records.times(SECONDS_PER_RECORD),
        month=month,
    )
    log = calls.times(LOG_KIB_PER_CALL / KIB_PER_GB)
    yield month.line("logs", "of the stream processor", LOGS_INGESTED, log)
    told = calls.times(_CALLS_FOR_A_CALL) + records.times(Decimal(1) / _REQUESTS_IN_A_CALL)
    yield month.line("metrics", "calls of PutMetricData, at most", METRIC_REQUESTS, told)
    own = _each(records, lambda number: Decimal(PROCESSOR_METRICS if number else 0))
    yield month.line("metrics", f"{PROCESSOR_METRICS} metrics of the stream processor", METRIC_MONTH, own)


def delivery_lines(deliveries: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::KinesisFirehose::DeliveryStream`: its files; what it takes of each record is its endpoint's line."""
    records = month.records
    if records is None:
        return
    for properties in deliveries.values():
        destination = properties["ExtendedS3DestinationConfiguration"]
        hints = {**_DEFAULT_HINTS, **destination.get("BufferingHints", {})}
        files = _each(records, lambda number, hints=hints: _files(number, hints))  # type: ignore[misc]
        if sorts(destination):
            yield month.line("records", "files of the table, delivered", DELIVERY_OBJECTS, files)
        yield month.line("records", "files of the table, written to S3", OBJECT_WRITES, files)
        if sorts(destination):
            yield unpriced("records", "sorting the table by hour: JQ hours, of which AWS does not say how they add up")


def processing_assumption(asked: Asked) -> str:
    """What the amounts rest on, in a sentence."""
    if not asked:
        return "no image of these endpoints writes records, so nothing goes through the stream"
    return (
        f"{RECORDS_TOGETHER} records lie in one Kinesis record; the stream processor takes {SECONDS_PER_CALL} s a call "
        f"and {SECONDS_PER_RECORD * 1_000_000:.0f} microseconds a record"
    )


def _files(records: Decimal, hints: Mapping[str, int]) -> Decimal:
    """A file for each buffer that its minutes or its size end."""
    by_time = HOURS_PER_MONTH * 3600 / hints["IntervalInSeconds"]
    return min(records, by_time) + records * RECORD_KIB / (hints["SizeInMBs"] * 1024)


def _each(band: Band, of: Callable[[Decimal], Decimal]) -> Band:
    return Band(low=of(band.low), expected=of(band.expected), high=of(band.high))
