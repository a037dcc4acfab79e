"""How large a request's record is on its way from the log to the table, and how long its processing takes.

Measured, and printed again by `make bench-stream-processor` and `make soak`; what a usage file states goes before.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from modelyard.pricing.band import Band
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.usage import Traffic

# A line of the log with one record.
RECORD_KIB = Decimal(576) / 1024
# What CloudWatch Logs counts for each event besides its text.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
EVENT_KIB = Decimal(26) / 1024
# Of a line, when CloudWatch Logs has packed and compressed it for the stream.
ON_THE_STREAM = Decimal("0.18")
# A row of the table, as Parquet keeps it.
ROW_KIB = Decimal(80) / 1024
# How many records CloudWatch Logs puts into one Kinesis record: few where requests are few.
RECORDS_TOGETHER = 4
# Of the stream processor: what it computes for a record, and what it waits for services in a call.
SECONDS_PER_RECORD = Decimal("0.000016")
SECONDS_PER_CALL = Decimal("0.15")
# An on-demand stream begins with so many: https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
SHARDS_ON_DEMAND = 4
# What Lambda and the function write about one call.
LOG_KIB_PER_CALL = Decimal(1)


def record_kib(traffic: Traffic | None) -> Decimal:
    """A record as its container logs it: as stated, or as measured."""
    stated = traffic.record_kib if traffic else None
    return RECORD_KIB if stated is None else stated


def billed_kib(packed_kib: Decimal) -> Decimal:
    """A request's share of what an on-demand stream bills as written: each Kinesis record up to the next whole KiB.

    https://aws.amazon.com/kinesis/data-streams/pricing/ (on-demand mode, data-in)
    """
    whole = (packed_kib * RECORDS_TOGETHER).to_integral_value(rounding=ROUND_CEILING)
    return whole / RECORDS_TOGETHER


def metric_months(metrics: int, traffic: Traffic | None) -> Band | None:
    """Metrics are billed for the hours in which they are told; None where nobody stated in which hours that is."""
    if traffic is None:
        return None
    asked = sum(1 for requests in traffic.hours if requests) * metrics / Decimal(len(traffic.hours))
    return Band(low=Decimal(0), expected=asked, high=Decimal(metrics))


def calls_of_processor(records: Decimal, *, shards: int, batch: int) -> Decimal:
    """How often Lambda calls the processor: each minute in which a shard has any, and for each full batch."""
    kinesis_records = records / RECORDS_TOGETHER
    return min(kinesis_records, shards * HOURS_PER_MONTH * 60) + kinesis_records / batch
