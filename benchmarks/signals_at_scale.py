"""From 10 to 1,000,000 requests a second on paper: shards, functions, Flink, calls, quotas, cost and lag, in us-east-1.

    .venv/bin/python benchmarks/signals_at_scale.py

Prices are those of src/modelyard/pricing/prices.json, each with its source and date there; what the two processors
take for a record was measured (benchmarks/results/stream_processor.txt, flink_aggregation.txt); the rest is said to be
assumed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

import boto3
import signal_costs
from request_records import request_record
from signal_costs import (
    LOG_LINES,
    MILLION,
    SECONDS_PER_MONTH,
    Measured,
    monthly,
    monthly_put,
    price,
    put_metric_data_calls,
)

from lambdas.shared.metric_data import packed, value_bytes
from lambdas.stream_processor.window import Window, WindowKey
from lambdas.stream_processor.window_metrics import window_data
from modelyard.pricing import meters
from modelyard.pricing.aggregation_meters import RECORDS_PER_UNIT
from modelyard.pricing.record_volume import ON_THE_STREAM, RECORD_KIB, SECONDS_PER_RECORD

# The benchmark of the stream processor: a line, what it takes on the stream, a vCPU's work on it.
MEASURED = Measured(RECORD_KIB * 1024, RECORD_KIB * 1024 * ON_THE_STREAM, SECONDS_PER_RECORD)
# Of a client that speaks JSON or CBOR with CloudWatch, as those of 2026 do.
VALUE_BYTES = value_bytes(boto3.client("cloudwatch", region_name=signal_costs.REGION))

# Assumed: how many lines CloudWatch Logs forwards together, which grows with the load, and variants of endpoints.
SCALES = (
    (10, 4, 5),
    (100, 8, 15),
    (1_000, 20, 50),
    (10_000, 40, 150),
    (100_000, 60, 500),
    (1_000_000, 60, 2_000),
)

# Half of a unit is left for peaks, as of a shard.
_SPARE = 2
# AWS adds a unit for orchestration, and storage for the state of each other one.
_ORCHESTRATION, _GB_OF_A_UNIT = 1, 50

# Default quotas of an account in us-east-1, all of them raised on request; read on 2026-11-21.
QUOTAS = {
    # https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
    "shards": Decimal(20_000),
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    "concurrent functions": Decimal(1_000),
    # https://docs.aws.amazon.com/general/latest/gr/cw_region.html, L-8BC498D4
    "PutMetricData/s": Decimal(500),
    # https://docs.aws.amazon.com/firehose/latest/dev/limits.html, in MiB
    "Firehose MiB/s": Decimal(5),
    # https://docs.aws.amazon.com/managed-flink/latest/java/how-scaling.html
    "Flink units": Decimal(64),
}

# A window closes when this much of event time has passed after it (flink/aggregation.py), and the publisher waits.
_DISORDER_SECONDS, _PUBLISHER_SECONDS = 30, 5


@dataclass(frozen=True)
class Scale:
    """One rate of requests, with all that follows from it."""

    rate: int
    lines_together: int
    variants: int

    @property
    def kinesis_records(self) -> Decimal:
        """A second."""
        return Decimal(self.rate) / self.lines_together

    @property
    def shards(self) -> int:
        """At half of what one takes: 1 MB or 1,000 records a second."""
        bytes_a_second = self.rate * MEASURED.stream_bytes_per_line
        return max(1, math.ceil(_SPARE * max(bytes_a_second / MILLION, self.kinesis_records / 1000)))

    @property
    def shards_for_put(self) -> int:
        """The same for records as they are: they are not compressed."""
        return max(1, math.ceil(_SPARE * self.rate * MEASURED.line_bytes / MILLION))

    @property
    def invocations(self) -> Decimal:
        """Of the function a second: a batch is full, or a minute has passed on a shard."""
        full = self.kinesis_records / signal_costs.BATCH_RECORDS
        return max(self.shards / signal_costs.BATCHING_SECONDS, full)

    @property
    def lines_per_invocation(self) -> int:
        """How many records of requests a batch has."""
        return round(self.rate / self.invocations)

    @property
    def concurrency(self) -> int:
        """Functions at work at a time; Lambda keeps one for each shard that has something to read."""
        busy = self.rate * MEASURED.cpu_seconds_per_line + self.invocations * signal_costs.WAITING_SECONDS
        return min(self.shards, max(1, math.ceil(busy)))

    @property
    def lambda_calls(self) -> Decimal:
        """PutMetricData a second where the function aggregates batch by batch."""
        return self.invocations * put_metric_data_calls(
            self.lines_per_invocation, self.variants, value_bytes=VALUE_BYTES
        )

    @property
    def flink_calls(self) -> Decimal:
        """PutMetricData a second where Flink makes one of each variant's minute."""
        in_a_minute = self.rate * 60 // self.variants
        random, window = Random(self.rate), Window()
        # More requests lie on hardly more steps.
        for _ in range(min(in_a_minute, 5_000)):
            window.add(request_record(random, "2026-11-21T07:00:00.000Z"))
        data = window_data(WindowKey("endpoint", "AllTraffic", "2026-11-21T07:00"), window)
        return (
            Decimal(
                sum(1 for _ in packed(((number, data) for number in range(self.variants)), value_bytes=VALUE_BYTES))
            )
            / 60
        )

    @property
    def flink_units(self) -> int:
        """Units of 1 vCPU at half of their load, without the one for orchestration."""
        return max(1, math.ceil(_SPARE * self.rate / RECORDS_PER_UNIT))

    @property
    def firehose_mib(self) -> Decimal:
        """A second, of lines as they are."""
        return self.rate * MEASURED.line_bytes / 1024**2

    def used(self, *, flink: bool) -> dict[str, Decimal]:
        """What counts against each quota."""
        return {
            "shards": Decimal(self.shards),
            "concurrent functions": Decimal(self.concurrency),
            "PutMetricData/s": self.flink_calls if flink else self.lambda_calls,
            "Firehose MiB/s": self.firehose_mib,
            "Flink units": Decimal(self.flink_units if flink else 0),
        }

    def above_quota(self, *, flink: bool) -> list[str]:
        """The quotas that do not suffice, the most exceeded first."""
        shares = {name: amount / QUOTAS[name] for name, amount in self.used(flink=flink).items()}
        return sorted((name for name, share in shares.items() if share > 1), key=lambda name: -shares[name])

    def costs(self, *, flink: bool, put: bool) -> dict[str, Decimal]:
        """USD a month by what is billed."""
        estimate = monthly_put if put else monthly
        costs = estimate(MEASURED, Decimal(self.rate), self.lines_together, self.variants)
        # Beside Flink's, the function still publishes its own health.
        calls = self.flink_calls + self.invocations if flink else self.lambda_calls
        costs["PutMetricData"] = calls * SECONDS_PER_MONTH * price(meters.METRIC_REQUESTS)
        if not flink:
            return costs
        return {
            **costs,
            "Flink: units, one that orchestrates, storage": (self.flink_units + _ORCHESTRATION)
            * 730
            * price(meters.FLINK_UNIT_HOUR)
            + self.flink_units * _GB_OF_A_UNIT * price(meters.FLINK_STORAGE),
            "the window stream": 730 * price(meters.STREAM_HOUR),
        }

    def lambda_lag_seconds(self) -> float:
        """Until a record is in a batch that is processed: the batch is full, or a minute has passed."""
        return float(min(signal_costs.BATCHING_SECONDS, self.shards / self.invocations))


def table(scales: Sequence[Scale]) -> list[str]:
    """Everything, a column for each rate."""
    rows: list[tuple[str, Callable[[Scale], str]]] = [
        ("requests/s", lambda one: f"{one.rate:,}"),
        ("lines in one Kinesis record (assumed)", lambda one: f"{one.lines_together:,}"),
        ("variants of endpoints (assumed)", lambda one: f"{one.variants:,}"),
        ("", lambda one: ""),
        ("shards, at half of their load", lambda one: f"{one.shards:,}"),
        ("shards where containers put records", lambda one: f"{one.shards_for_put:,}"),
        ("on-demand stream, MB/s written", lambda one: f"{one.rate * MEASURED.stream_bytes_per_line / MILLION:,.3f}"),
        ("Lambda: invocations/s", lambda one: f"{one.invocations:,.2f}"),
        ("Lambda: functions at work", lambda one: f"{one.concurrency:,}"),
        ("Flink: units, at half of their load", lambda one: f"{one.flink_units:,}"),
        ("Firehose, MiB/s", lambda one: f"{one.firehose_mib:,.2f}"),
        ("PutMetricData/s, by Lambda", lambda one: f"{one.lambda_calls:,.2f}"),
        ("PutMetricData/s, by Flink", lambda one: f"{one.flink_calls:,.2f}"),
        ("", lambda one: ""),
        ("Lambda: seconds to a metric, at most", lambda one: f"{one.lambda_lag_seconds():,.0f}"),
        ("Flink: seconds after a minute ends", lambda one: f"{_DISORDER_SECONDS + _PUBLISHER_SECONDS}"),
        ("", lambda one: ""),
        ("USD a month: logs, Lambda", lambda one: month(one, flink=False, put=False)),
        ("USD a month: logs, Flink", lambda one: month(one, flink=True, put=False)),
        ("USD a month: PutRecords, Lambda", lambda one: month(one, flink=False, put=True)),
        ("USD a month: PutRecords, Flink", lambda one: month(one, flink=True, put=True)),
        ("USD a million: logs, Lambda", lambda one: million(one, flink=False, put=False)),
        ("USD a million: logs, Flink", lambda one: million(one, flink=True, put=False)),
        ("USD a million: PutRecords, Lambda", lambda one: million(one, flink=False, put=True)),
        ("USD a million: PutRecords, Flink", lambda one: million(one, flink=True, put=True)),
    ]
    return [f"{name:<40}" + "".join(f"{cell(one):>13}" for one in scales) if name else "" for name, cell in rows]


def month(one: Scale, *, flink: bool, put: bool) -> str:
    """USD a month, all of it."""
    return f"{sum(one.costs(flink=flink, put=put).values(), Decimal(0)):,.0f}"


def million(one: Scale, *, flink: bool, put: bool) -> str:
    """USD a million requests."""
    millions = one.rate * SECONDS_PER_MONTH / MILLION
    return f"{sum(one.costs(flink=flink, put=put).values(), Decimal(0)) / millions:,.4f}"


def parts(scales: Sequence[Scale]) -> list[str]:
    """USD a month by what is billed, where containers put records themselves and Flink aggregates."""
    columns = [
        one.costs(flink=True, put=True) | {LOG_LINES: one.costs(flink=True, put=False)[LOG_LINES]} for one in scales
    ]
    return [f"{name:<46}" + "".join(f"{column[name]:>13,.0f}" for column in columns) for name in columns[0]]


def main() -> None:
    """Print both tables and the quotas that do not suffice."""
    scales = [Scale(*scale) for scale in SCALES]
    print("\n".join(table(scales)))
    print("\nUSD a month by part, with Flink and PutRecords; the first line is saved by PutRecords")
    print("\n".join(parts(scales)))
    print("\ndefault quotas that do not suffice, the most exceeded first")
    for flink in (False, True):
        for one in scales:
            above = ", ".join(
                f"{name} ({one.used(flink=flink)[name]:,.0f} of {QUOTAS[name]:,})"
                for name in one.above_quota(flink=flink)
            )
            print(f"{'Flink' if flink else 'Lambda':<7}{one.rate:>10,}   {above or 'none'}")


if __name__ == "__main__":
    main()
