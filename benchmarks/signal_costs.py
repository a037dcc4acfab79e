"""What a million requests cost on their way from a container's log line to the table and the metrics, in us-east-1."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from request_records import request_record

from lambdas.shared.metric_data import FORM_VALUE_BYTES
from lambdas.stream_processor.window import Window, WindowKey
from lambdas.stream_processor.window_metrics import calls
from modelyard.pricing import meters
from modelyard.pricing.prices import HOURS_PER_MONTH
from modelyard.pricing.prices import price as listed
from modelyard.pricing.record_meters import REQUEST_METRICS
from modelyard.pricing.record_volume import ROW_KIB, SECONDS_PER_CALL
from modelyard_constructs import stream_processing
from modelyard_constructs.stream_mapping import BATCH_SIZE

REGION = "us-east-1"
SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600
GB = Decimal(1024**3)
MILLION = Decimal(1_000_000)
# Requests a second of all endpoints together, how many lines CloudWatch Logs forwards at a time, variants of endpoints.
SCALES = ((Decimal(10), 4, 5), (Decimal(1_000), 20, 50), (Decimal(100_000), 60, 500))

MEMORY_GB = Decimal(stream_processing.MEMORY_MB) / 1024
BATCHING_SECONDS = Decimal(stream_processing.BATCHING_SECONDS)
# A call of the function waits for three services in turn, whatever it does itself.
WAITING_SECONDS = SECONDS_PER_CALL


def price(meter: meters.Meter) -> Decimal:
    """A list price of the project, with its source and date in src/modelyard/pricing/prices.json.

    Raises:
        KeyError: when the file has none; no figure is put in its place.
    """
    found = listed(meter, REGION)
    if found is None:
        raise KeyError(f"{meter.usage_type} of {meter.service} has no price in {REGION}")
    return found.usd


# The JQ hours of dynamic partitioning are left out, since AWS does not say how they add up.
FIREHOSE_BY_SIZE = (meters.DELIVERY_INGESTED, meters.DELIVERY_CONVERTED, meters.DELIVERY_PARTITIONED)

METRICS_PER_VARIANT = REQUEST_METRICS
LOG_LINES = "log lines into CloudWatch Logs"
# A row of Parquet with Snappy, measured by the soak.
TABLE_BYTES_PER_REQUEST = ROW_KIB * 1024


@dataclass(frozen=True)
class Measured:
    """What the benchmark found."""

    line_bytes: Decimal
    stream_bytes_per_line: Decimal
    cpu_seconds_per_line: Decimal


def monthly(measured: Measured, rate: Decimal, lines_together: int, variants: int) -> dict[str, Decimal]:
    """USD a month by what is billed."""
    requests = rate * SECONDS_PER_MONTH
    records = rate / lines_together
    incoming = rate * measured.stream_bytes_per_line
    # A shard takes 1 MB or 1,000 records a second; half of it is left for peaks.
    shards = Decimal(max(1, math.ceil(2 * max(incoming / MILLION, records / 1000))))
    provisioned = (shards * 730 * price(meters.SHARD_HOUR)) + (records * SECONDS_PER_MONTH * price(meters.SHARD_WRITES))
    stream_gb = incoming * SECONDS_PER_MONTH / GB
    on_demand = 730 * price(meters.STREAM_HOUR) + stream_gb * (
        price(meters.STREAM_DATA_IN) + price(meters.STREAM_DATA_OUT)
    )
    invocations = SECONDS_PER_MONTH * max(shards / BATCHING_SECONDS, records / BATCH_SIZE)
    metric_calls = put_metric_data_calls(round(rate * SECONDS_PER_MONTH / invocations), variants)
    busy_seconds = requests * measured.cpu_seconds_per_line + invocations * WAITING_SECONDS
    line_gb = requests * measured.line_bytes / GB
    objects = SECONDS_PER_MONTH * max(Decimal(1) / 300, rate * measured.line_bytes / (128 * MILLION))
    table_gb = requests * TABLE_BYTES_PER_REQUEST / GB
    return {
        LOG_LINES: requests * (measured.line_bytes + 26) / GB * price(meters.LOGS_INGESTED),
        "Kinesis, the cheaper of shards and on demand": min(provisioned, on_demand),
        "Lambda": invocations * price(meters.FUNCTION_REQUESTS)
        + busy_seconds * MEMORY_GB * price(meters.FUNCTION_GB_SECOND),
        "PutMetricData": invocations * metric_calls * price(meters.METRIC_REQUESTS),
        "Firehose: ingested, converted, partitioned": line_gb * sum(price(one) for one in FIREHOSE_BY_SIZE)
        + objects * price(meters.DELIVERY_OBJECTS),
        "S3: writing, and a month of keeping": objects * price(meters.OBJECT_WRITES)
        + table_gb * price(meters.OBJECTS_STORED),
        f"{METRICS_PER_VARIANT} metrics of each variant": variants * METRICS_PER_VARIANT * price(meters.METRIC_MONTH),
    }


def monthly_put(measured: Measured, rate: Decimal, lines_together: int, variants: int) -> dict[str, Decimal]:
    """The same where containers put records themselves: no lines in a log, and what is put is not compressed."""
    as_it_is = replace(measured, stream_bytes_per_line=measured.line_bytes)
    return {**monthly(as_it_is, rate, lines_together, variants), LOG_LINES: Decimal(0)}


def put_metric_data_calls(lines: int, variants: int, *, value_bytes: int = FORM_VALUE_BYTES) -> int:
    """Calls of an invocation whose lines are of one minute, as the function packs them, with the one for its health."""
    random, windows = Random(lines), [Window() for _ in range(variants)]
    for _ in range(lines):
        random.choice(windows).add(request_record(random, "2026-11-21T07:00:00.000Z"))
    named = [(WindowKey(f"e{number}", "v", "2026-11-21T07:00"), window) for number, window in enumerate(windows)]
    return 1 + sum(1 for _ in calls(named, value_bytes=value_bytes))


def cost_table(measured: Measured) -> list[str]:
    """USD per million requests at three scales."""
    columns = [monthly(measured, *scale) for scale in SCALES]
    millions = [rate * SECONDS_PER_MONTH / MILLION for rate, _, _ in SCALES]
    lines = [
        "USD per million requests, us-east-1, list prices without free tiers and volume discounts",
        f"{'requests a second':<46}" + "".join(f"{rate:>12,}" for rate, _, _ in SCALES),
        f"{'lines in one Kinesis record (assumed)':<46}" + "".join(f"{lines:>12,}" for _, lines, _ in SCALES),
        f"{'variants of endpoints (assumed)':<46}" + "".join(f"{variants:>12,}" for _, _, variants in SCALES),
    ]
    for name in columns[0]:
        cells = (column[name] / million for column, million in zip(columns, millions, strict=True))
        lines.append(f"{name:<46}" + "".join(f"{cell:>12.4f}" for cell in cells))
    for name, made in (("", columns), (", delivery: put-records", [monthly_put(measured, *one) for one in SCALES])):
        totals = [sum(column.values(), Decimal(0)) for column in made]
        cells = (total / million for total, million in zip(totals, millions, strict=True))
        lines.append(f"{'together' + name:<46}" + "".join(f"{cell:>12.4f}" for cell in cells))
        lines.append(f"{'a month' + name:<46}" + "".join(f"{total:>12,.0f}" for total in totals))
    return lines
