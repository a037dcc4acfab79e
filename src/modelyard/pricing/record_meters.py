"""What the records of requests cost: the streams themselves, and what an endpoint sends by way of one into the table.

https://aws.amazon.com/kinesis/data-streams/pricing/ and https://aws.amazon.com/firehose/pricing/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelyard.blueprint.references import referred
from modelyard.catalog.objectives import writes_records
from modelyard.pricing.data_volume import gigabytes, stored_gb
from modelyard.pricing.line import Component, Line, unpriced
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
from modelyard.pricing.month import Month, Served
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.record_volume import EVENT_KIB, ON_THE_STREAM, ROW_KIB, billed_kib, metric_months, record_kib
from modelyard.pricing.resources import Properties, keep_days, of_type, properties_of

STREAM = "AWS::Kinesis::Stream"
DELIVERY = "AWS::KinesisFirehose::DeliveryStream"
# What the streams of ours are called; what goes through one follows from it too.
RECORD_STREAM, WINDOW_STREAM = "RecordStream", "WindowStream"
_WORDS: Mapping[str, tuple[Component, str]] = {
    RECORD_STREAM: ("records", "the record stream"),
    WINDOW_STREAM: ("metrics", "the stream of windows"),
}
# What is kept longer than the first day, and longer than the first week, is billed by other meters.
_INCLUDED_HOURS, _EXTENDED_HOURS = 24, 168
# A test holds it against what the stream processor publishes.
REQUEST_METRICS = 10


def stream_lines(streams: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::Kinesis::Stream`: its hours or its shards', whatever goes through it."""
    for logical_id, properties in streams.items():
        component, name = _WORDS.get(logical_id, ("records", f"the stream {logical_id}"))
        kept = properties.get("RetentionPeriodHours", _INCLUDED_HOURS)
        if is_on_demand(properties):
            yield month.line(component, f"{name}, on demand", STREAM_HOUR, HOURS_PER_MONTH)
            if kept > _INCLUDED_HOURS:
                yield unpriced(component, f"what the stream keeps longer than {_INCLUDED_HOURS} hours")
            continue
        shards = properties["ShardCount"]
        yield month.line(component, f"{shards} shards of {name}", SHARD_HOUR, shards * HOURS_PER_MONTH)
        if kept > _INCLUDED_HOURS:
            what = f"kept longer than {_INCLUDED_HOURS} hours"
            yield month.line(component, what, EXTENDED_SHARD_HOUR, shards * HOURS_PER_MONTH)
        if kept > _EXTENDED_HOURS:
            yield unpriced(component, f"what the stream keeps longer than {_EXTENDED_HOURS} hours")


def is_on_demand(stream: Properties) -> bool:
    """Whether a stream grows by itself."""
    return bool(stream.get("StreamModeDetails", {}).get("StreamMode") == "ON_DEMAND")


def subscription_lines(filters: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::Logs::SubscriptionFilter`: an endpoint's records from its log to the table; nothing where it writes none.

    The filter is there as well where containers put their records themselves: then they are in no log.
    """
    served = month.served
    if served is None or not writes_records(served.entry.endpoint):
        return
    for properties in filters.values():
        puts = _puts_records(month)
        stream = _destination(properties, month)
        if not puts:
            yield from _logged(properties, served, month)
        if stream is not None:
            yield from _streamed(stream, served, month, packed=not puts)
        for delivery in of_type(month.foundation, DELIVERY).values():
            yield from _delivered(delivery["ExtendedS3DestinationConfiguration"], served, month)
        months = metric_months(REQUEST_METRICS, served.traffic)
        what = f"{REQUEST_METRICS} metrics of requests, in the hours that have any"
        yield month.line("metrics", what, METRIC_MONTH, months)


def _puts_records(month: Month) -> bool:
    """Whether the containers are told to put records into the stream themselves."""
    models = of_type(month.stack, "AWS::SageMaker::Model").values()
    variables = [one["PrimaryContainer"].get("Environment", {}) for one in models]
    return any("MODELYARD_RECORD_STREAM_ARN" in one for one in variables)


def _destination(subscription: Properties, month: Month) -> Properties | None:
    """The stream that a filter names: endpoints know it by its name."""
    name = str(subscription["DestinationArn"]).rpartition("stream/")[2]
    streams = of_type(month.foundation, STREAM).values()
    return next((one for one in streams if one.get("Name") == name), None)


def _logged(subscription: Properties, served: Served, month: Month) -> Iterator[Line]:
    written = gigabytes(served.requests, record_kib(served.traffic) + EVENT_KIB)
    yield month.line("logs", "records, a line for each request", LOGS_INGESTED, written)
    group = properties_of(month.stack, referred(subscription["LogGroupName"])) or {}
    days = group.get("RetentionInDays")
    if days is None:
        yield unpriced("logs", "records, kept without an end")
    else:
        yield month.line("logs", f"records, kept {days} days", LOGS_STORED, stored_gb(written, days))


def _streamed(stream: Properties, served: Served, month: Month, *, packed: bool) -> Iterator[Line]:
    requests = served.requests
    if not is_on_demand(stream):
        # Records come in batches, so that one unit per request is the most it can be.
        yield month.line("records", "put into the stream, at most one unit per request", SHARD_WRITES, requests)
        return
    # What containers put themselves is not compressed.
    size = record_kib(served.traffic) * (ON_THE_STREAM if packed else 1)
    yield month.line("records", "put into the stream", STREAM_DATA_IN, gigabytes(requests, billed_kib(size)))
    yield month.line("records", "read from the stream", STREAM_DATA_OUT, gigabytes(requests, size))


def _delivered(destination: Properties, served: Served, month: Month) -> Iterator[Line]:
    """What Firehose does with each record, and the rows that it leaves."""
    requests = served.requests
    delivered = gigabytes(requests, record_kib(served.traffic))
    yield month.line("records", "delivered to the table", DELIVERY_INGESTED, delivered)
    if _is_on(destination, "DataFormatConversionConfiguration"):
        yield month.line("records", "delivered: converted to Parquet", DELIVERY_CONVERTED, delivered)
    if sorts(destination):
        yield month.line("records", "delivered: sorted by hour", DELIVERY_PARTITIONED, delivered)
    bucket = properties_of(month.foundation, referred(destination["BucketARN"])) or {}
    days = keep_days(bucket, destination.get("Prefix", ""))
    if days is None:
        yield unpriced("records", "rows of the table, kept without an end")
    else:
        rows = stored_gb(gigabytes(requests, ROW_KIB), days)
        yield month.line("records", f"rows of the table, kept {days} days", OBJECTS_STORED, rows)


def sorts(destination: Properties) -> bool:
    """Whether Firehose sorts what it delivers into folders of their own, which it bills."""
    return _is_on(destination, "DynamicPartitioningConfiguration")


def _is_on(destination: Properties, part: str) -> bool:
    configured: Any = destination.get(part)
    return configured is not None and configured.get("Enabled", True)
