"""What making metrics of records costs by Flink, beside the function that fills the table.

https://aws.amazon.com/managed-service-apache-flink/pricing/
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from modelyard.catalog.schema import Signals
from modelyard.pricing.band import Band, total
from modelyard.pricing.line import Line, Rates, line
from modelyard.pricing.meters import (
    FLINK_STORAGE,
    FLINK_UNIT_HOUR,
    FUNCTION_GB_SECOND,
    FUNCTION_REQUESTS,
    STREAM_DATA_OUT,
    STREAM_HOUR,
)
from modelyard.pricing.monitoring_cost import gigabytes
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.processing_cost import SHARDS_ON_DEMAND, Asked
from modelyard.pricing.record_volume import ON_THE_STREAM, RECORD_KIB, SECONDS_PER_CALL

# Tests hold these against the foundation's stack. AWS adds a unit for orchestration, and 50 GB to each other one.
PARALLELISM = 1
PUBLISHER_MEMORY_MB = 512
_ORCHESTRATION, _GB_OF_A_UNIT = 1, 50
# Records a second of one unit (`make bench-flink`), and how much of it is left for peaks: the job scales by itself.
RECORDS_PER_UNIT, _SPARE = 10_366, 2
_MINUTES_PER_MONTH = HOURS_PER_MONTH * 60


def aggregation_lines(signals: Signals, asked: Asked, rates: Rates) -> Iterator[Line]:
    """The job, the stream of its windows and what publishes them; nothing where the stream processor does it."""
    if signals.aggregation != "flink":
        return
    known = [requests for requests in asked.values() if requests is not None]
    records = total(known)
    working = Band(low=_units(records.low), expected=_units(records.expected), high=_units(records.high))
    units = working + Band.of(_ORCHESTRATION)
    counted = f"{units.expected}" if units.expected == units.high else f"{units.expected} to {units.high}"
    what = f"{counted} units of Flink, one of them for its orchestration"
    yield line("metrics", what, FLINK_UNIT_HOUR, units.times(HOURS_PER_MONTH), rates)
    yield line("metrics", "storage of the job while it runs", FLINK_STORAGE, working.times(_GB_OF_A_UNIT), rates)
    yield line("metrics", "the stream of windows, on demand", STREAM_HOUR, HOURS_PER_MONTH, rates)
    if not known:
        return
    read = gigabytes(records, RECORD_KIB * (ON_THE_STREAM if signals.delivery == "logs" else 1))
    yield line("metrics", "records read a second time from the stream", STREAM_DATA_OUT, read, rates)
    # Windows of all endpoints come together once a minute, to as many shards as their stream has.
    most = SHARDS_ON_DEMAND * _MINUTES_PER_MONTH
    calls = Band(low=min(records.low, most), expected=min(records.expected, most), high=min(records.high, most))
    yield line("metrics", "calls of the window publisher, at most", FUNCTION_REQUESTS, calls, rates)
    gb_seconds = calls.times(SECONDS_PER_CALL * Decimal(PUBLISHER_MEMORY_MB) / 1024)
    yield line("metrics", "the window publisher at work, at most", FUNCTION_GB_SECOND, gb_seconds, rates)


def _units(records: Decimal) -> Decimal:
    """Units that a month's records keep at work, one at least."""
    a_second = records / (HOURS_PER_MONTH * 3600)
    return max(Decimal(PARALLELISM), (a_second * _SPARE / RECORDS_PER_UNIT).to_integral_value(rounding=ROUND_CEILING))
