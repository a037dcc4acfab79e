"""What a million requests cost on their way from a container's log line to the table and the metrics, in us-east-1."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

PRICES = json.loads((Path(__file__).parents[1] / "pricing" / "prices.json").read_text())["regions"]["us-east-1"]
SECONDS_PER_MONTH = Decimal(730 * 3600)
GB = Decimal(1024**3)
MILLION = Decimal(1_000_000)
# Requests a second of all endpoints together, how many lines CloudWatch Logs forwards at a time, variants of endpoints.
SCALES = ((Decimal(10), 4, 5), (Decimal(1_000), 20, 50), (Decimal(100_000), 60, 500))

# Of constructs/modelyard_constructs/stream_processing.py: a vCPU, and the longest a batch is waited for.
MEMORY_GB = Decimal(1769) / 1024
BATCH_RECORDS, BATCHING_SECONDS = 500, Decimal(60)
# A call of the function waits for three services in turn, whatever it does itself.
WAITING_SECONDS = Decimal("0.15")


def price(service: str, usage: str) -> Decimal:
    """A list price that the project keeps, with its source and date there."""
    return Decimal(PRICES[service][usage]["usd"])


# Not in prices.json: no dated price list at hand has them. AWS's pricing pages of Lambda (arm64), CloudWatch and Data
# Firehose as of 2026-11-21; the JQ hours of dynamic partitioning are left out, since AWS does not say how they add up.
ARM_GB_SECOND = Decimal("0.0000133334")
PUT_METRIC_DATA = Decimal("0.00001")
CUSTOM_METRIC_MONTH = Decimal("0.30")
FIREHOSE_GB = Decimal("0.029") + Decimal("0.018") + Decimal("0.020")
FIREHOSE_OBJECT = Decimal("0.000005")

METRICS_PER_VARIANT = 9
# A row of Parquet with Snappy, measured by the soak.
TABLE_BYTES_PER_REQUEST = Decimal(80)


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
    provisioned = (shards * 730 * price("AmazonKinesis", "Storage-ShardHour")) + (
        records * SECONDS_PER_MONTH * price("AmazonKinesis", "PutRequestPayloadUnits")
    )
    stream_gb = incoming * SECONDS_PER_MONTH / GB
    on_demand = 730 * price("AmazonKinesis", "OnDemand-StreamHour") + stream_gb * (
        price("AmazonKinesis", "OnDemand-BilledIncomingBytes") + price("AmazonKinesis", "OnDemand-BilledOutgoingBytes")
    )
    invocations = SECONDS_PER_MONTH * max(shards / BATCHING_SECONDS, records / BATCH_RECORDS)
    busy_seconds = requests * measured.cpu_seconds_per_line + invocations * WAITING_SECONDS
    line_gb = requests * measured.line_bytes / GB
    objects = SECONDS_PER_MONTH * max(Decimal(1) / 300, rate * measured.line_bytes / (128 * MILLION))
    table_gb = requests * TABLE_BYTES_PER_REQUEST / GB
    return {
        "log lines into CloudWatch Logs": requests
        * (measured.line_bytes + 26)
        / GB
        * price("AmazonCloudWatch", "DataProcessing-Bytes"),
        "Kinesis, the cheaper of shards and on demand": min(provisioned, on_demand),
        "Lambda": invocations * price("AWSLambda", "Request") + busy_seconds * MEMORY_GB * ARM_GB_SECOND,
        "PutMetricData, two calls an invocation": invocations * 2 * PUT_METRIC_DATA,
        "Firehose: ingested, converted, partitioned": line_gb * FIREHOSE_GB + objects * FIREHOSE_OBJECT,
        "S3: writing, and a month of keeping": objects * price("AmazonS3", "Requests-Tier1")
        + table_gb * price("AmazonS3", "TimedStorage-ByteHrs"),
        f"{METRICS_PER_VARIANT} metrics of each variant": variants * METRICS_PER_VARIANT * CUSTOM_METRIC_MONTH,
    }


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
    totals = [sum(column.values(), Decimal(0)) for column in columns]
    lines.append(f"{'together':<46}" + "".join(f"{t / m:>12.4f}" for t, m in zip(totals, millions, strict=True)))
    lines.append(f"{'a month':<46}" + "".join(f"{total:>12,.0f}" for total in totals))
    return lines
