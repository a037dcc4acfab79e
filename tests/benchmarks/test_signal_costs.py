"""What a million records cost: by prices of the price file alone, recomputed by hand."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Any:
    # It imports its neighbours by their names alone, as scripts of one folder do.
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return import_module("benchmarks.signal_costs")


def test_a_line_costs_its_bytes_at_the_price_of_log_ingestion_and_of_delivery(costs):
    measured = costs.Measured(
        line_bytes=Decimal(1024 - 26), stream_bytes_per_line=Decimal(100), cpu_seconds_per_line=Decimal("0.00002")
    )
    month = costs.monthly(measured, Decimal(1000), 20, 50)
    gigabytes = Decimal(1000) * 730 * 3600 * 1024 / 1024**3
    assert month["log lines into CloudWatch Logs"] == gigabytes * Decimal("0.50")
    delivered = gigabytes * (1024 - 26) / 1024
    by_size = delivered * (Decimal("0.029") + Decimal("0.018") + Decimal("0.020"))
    objects = Decimal(1000) * 730 * 3600 * (1024 - 26) / 128_000_000
    found = month["Firehose: ingested, converted, partitioned"]
    assert abs(found - by_size - objects * Decimal("0.000005")) < Decimal("0.000001")


def test_records_that_containers_put_save_the_log_and_fill_the_stream_uncompressed(costs):
    measured = costs.Measured(
        line_bytes=Decimal(576), stream_bytes_per_line=Decimal(100), cpu_seconds_per_line=Decimal("0.00002")
    )
    logged, put = (made(measured, Decimal(1000), 20, 50) for made in (costs.monthly, costs.monthly_put))
    stream = "Kinesis, the cheaper of shards and on demand"
    assert put[costs.LOG_LINES] == 0
    # 0.576 MB a second, twice over for peaks: two shards of 0.015 USD an hour, and 50 records of 20 lines a second.
    writes = Decimal(50) * 730 * 3600 * Decimal("0.014") / 1_000_000
    assert put[stream] == 2 * 730 * Decimal("0.015") + writes
    others = {name: usd for name, usd in logged.items() if name not in {costs.LOG_LINES, stream}}
    assert {name for name in others if put[name] != logged[name]} <= {"Lambda", "PutMetricData"}


def test_no_figure_is_put_in_the_place_of_a_price_that_nobody_knows(costs, monkeypatch):
    monkeypatch.setattr(costs, "REGION", "eu-west-9")
    measured = costs.Measured(
        line_bytes=Decimal(500), stream_bytes_per_line=Decimal(100), cpu_seconds_per_line=Decimal("0.00002")
    )
    with pytest.raises(KeyError, match="has no price in eu-west-9"):
        costs.monthly(measured, Decimal(10), 4, 5)
