"""What making metrics of records costs by Flink, beside the function that fills the table.

https://aws.amazon.com/managed-service-apache-flink/pricing/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal

from modelyard.pricing.band import NOTHING, Band
from modelyard.pricing.data_volume import gigabytes
from modelyard.pricing.function_meters import FunctionSize, function_lines
from modelyard.pricing.line import Line
from modelyard.pricing.meters import FLINK_STORAGE, FLINK_UNIT_HOUR, STREAM_DATA_OUT
from modelyard.pricing.month import Month
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.record_volume import (
    ON_THE_STREAM,
    RECORD_KIB,
    SECONDS_PER_CALL,
    SHARDS_ON_DEMAND,
)
from modelyard.pricing.resources import Properties, of_type

# AWS adds a unit for orchestration, and 50 GB to each other one.
_ORCHESTRATION, _GB_OF_A_UNIT = 1, 50
# Records a second of one unit (`make bench-flink`), and how much of it is left for peaks: the job scales by itself.
RECORDS_PER_UNIT, _SPARE = 10_366, 2
_MINUTES_PER_MONTH = HOURS_PER_MONTH * 60


def application_lines(applications: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::KinesisAnalyticsV2::Application`: the units that it runs on, and what it reads."""
    records = month.records
    for properties in applications.values():
        configuration = properties["ApplicationConfiguration"]["FlinkApplicationConfiguration"]
        working = _units(configuration["ParallelismConfiguration"], records or NOTHING)
        units = working + Band.of(_ORCHESTRATION)
        counted = f"{units.expected}" if units.expected == units.high else f"{units.expected} to {units.high}"
        what = f"{counted} units of Flink, one of them for its orchestration"
        yield month.line("metrics", what, FLINK_UNIT_HOUR, units.times(HOURS_PER_MONTH))
        yield month.line("metrics", "storage of the job while it runs", FLINK_STORAGE, working.times(_GB_OF_A_UNIT))
        if records is not None:
            read = gigabytes(records, RECORD_KIB * (ON_THE_STREAM if _packed(month) else 1))
            yield month.line("metrics", "records read a second time from the stream", STREAM_DATA_OUT, read)


def publisher_lines(size: FunctionSize, month: Month) -> Iterator[Line]:
    """The function that publishes windows, as often as its stream can call it."""
    records = month.records
    if records is None:
        return
    # Windows of all endpoints come together once a minute, to as many shards as their stream has.
    most = SHARDS_ON_DEMAND * _MINUTES_PER_MONTH
    calls = Band(low=min(records.low, most), expected=min(records.expected, most), high=min(records.high, most))
    yield from function_lines(
        "metrics",
        ("calls of the window publisher, at most", "the window publisher at work, at most"),
        size,
        calls=calls,
        seconds=calls.times(SECONDS_PER_CALL),
        month=month,
    )


def _packed(month: Month) -> bool:
    """Whether records come by way of CloudWatch Logs, which packs them; the stream processor is told."""
    functions = of_type(month.stack, "AWS::Lambda::Function").values()
    told = [one.get("Environment", {}).get("Variables", {}) for one in functions]
    return not any(variables.get("MODELYARD_DELIVERY") == "put-records" for variables in told)


def _units(parallelism: Properties, records: Band) -> Band:
    """Units that a month's records keep at work: those it starts with at least, and no others if it does not scale."""
    least = Decimal(parallelism["Parallelism"]) / parallelism["ParallelismPerKPU"]
    least = least.to_integral_value(rounding=ROUND_CEILING)
    if not parallelism.get("AutoScalingEnabled"):
        return Band.of(least)
    low, expected, high = (max(least, _needed(one)) for one in (records.low, records.expected, records.high))
    return Band(low=low, expected=expected, high=high)


def _needed(records: Decimal) -> Decimal:
    a_second = records / (HOURS_PER_MONTH * 3600)
    return (a_second * _SPARE / RECORDS_PER_UNIT).to_integral_value(rounding=ROUND_CEILING)
