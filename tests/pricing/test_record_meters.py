"""What the records of one endpoint cost from its log to the table, recomputed by hand."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from modelyard.catalog.entry import Catalog
from modelyard.catalog.loader import load
from modelyard.catalog.schema import Environment, Shards, Signals
from modelyard.pricing.endpoint_cost import Cost
from modelyard.pricing.usage import Traffic
from tests.fixtures.priced_months import endpoint_month

CATALOG = Path(__file__).parents[2] / "tests" / "catalogs" / "four-kinds"
PLAIN = Environment(account="000000000000", region="us-east-1")
ON_DEMAND = PLAIN.model_copy(update={"signals": Signals(stream="on-demand")})
KIB_PER_GB = Decimal(1 << 20)
TEN_MILLION = 10_000_000


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(CATALOG, "local")


def traffic(**said: object) -> Traffic:
    return Traffic.model_validate({"seconds_per_request": 1, "requests_per_month": TEN_MILLION, **said})


def of(cost: Cost, *words: str) -> dict[str, Decimal]:
    return {line.what: line.usd.expected for line in cost.lines if any(word in line.what for word in words)}


def usd(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def test_each_step_of_a_record_is_a_line(catalog):
    asked = traffic(record_kib=1)
    cost = endpoint_month(catalog.entries["shelf"], ON_DEMAND, asked)
    lines = Decimal(TEN_MILLION) / KIB_PER_GB
    logged = lines * (1 + Decimal(26) / 1024)
    month = Decimal(730) / 24
    assert of(cost, "records", "stream", "delivered", "rows") == {
        "records, a line for each request": usd(logged * Decimal("0.50")),
        "records, kept 30 days": usd(logged * 30 / month * Decimal("0.03")),
        # Four records together have 0.72 KiB, billed as 1.
        "put into the stream": usd(lines / 4 * Decimal("0.08")),
        "read from the stream": usd(lines * Decimal("0.18") * Decimal("0.04")),
        "delivered to the table": usd(lines * Decimal("0.029")),
        "delivered: converted to Parquet": usd(lines * Decimal("0.018")),
        "delivered: sorted by hour": usd(lines * Decimal("0.020")),
        "rows of the table, kept 400 days": usd(lines * 80 / 1024 * 400 / month * Decimal("0.023")),
    }


def test_records_that_a_container_puts_itself_cost_no_log_and_are_not_compressed(catalog):
    put = PLAIN.model_copy(update={"signals": Signals(stream="on-demand", delivery="put-records")})
    cost = endpoint_month(catalog.entries["shelf"], put, traffic(record_kib=1))
    lines = Decimal(TEN_MILLION) / KIB_PER_GB
    assert of(cost, "records", "stream") == {
        "put into the stream": usd(lines * Decimal("0.08")),
        "read from the stream": usd(lines * Decimal("0.04")),
    }


def test_metrics_are_billed_for_the_hours_that_have_requests(catalog):
    asked = traffic(requests_per_month=None, requests_per_hour=(100,) * 6 + (0,) * 18)
    cost = endpoint_month(catalog.entries["shelf"], ON_DEMAND, asked)
    [metrics] = [line for line in cost.lines if "10 metrics of requests" in line.what]
    assert (str(metrics.usd.low), str(metrics.usd.expected), str(metrics.usd.high)) == ("0.00", "0.75", "3.00")


def test_shards_are_billed_by_the_unit_and_a_size_that_nobody_states_is_the_measured_one(catalog):
    shards = PLAIN.model_copy(update={"signals": Signals(stream=Shards(shards=1))})
    cost = endpoint_month(catalog.entries["shelf"], shards, traffic())
    assert of(cost, "put into the stream") == {"put into the stream, at most one unit per request": Decimal("0.14")}
    assert of(cost, "delivered to") == {
        "delivered to the table": usd(Decimal(TEN_MILLION) * Decimal("0.5625") / KIB_PER_GB * Decimal("0.029"))
    }
    assert "a record has 0.56 KiB, as measured" in cost.assumptions


def test_an_image_that_writes_no_records_pays_for_none_and_says_so(catalog):
    cost = endpoint_month(catalog.entries["chat"], ON_DEMAND, traffic())
    assert of(cost, "stream", "delivered", "10 metrics") == {}
    assert "the image writes no records, so nothing goes through the stream" in cost.assumptions


def test_without_usage_every_step_depends_on_it(catalog):
    cost = endpoint_month(catalog.entries["shelf"], ON_DEMAND, None)
    assert {"put into the stream", "10 metrics of requests, in the hours that have any"} <= {
        line.what for line in cost.depends_on_usage
    }
    assert of(endpoint_month(catalog.entries["shelf"], PLAIN, traffic()), "stream", "delivered") == {}


def test_records_that_containers_put_themselves_have_no_lines_and_are_not_compressed(catalog):
    put = PLAIN.model_copy(update={"signals": Signals(stream="on-demand", delivery="put-records")})
    cost = endpoint_month(catalog.entries["shelf"], put, traffic())
    lines = Decimal(TEN_MILLION) / KIB_PER_GB
    # Four records together have 2.25 KiB, billed as 3.
    assert of(cost, "records, ", "put into", "read from") == {
        "put into the stream": usd(lines * 3 / 4 * Decimal("0.08")),
        "read from the stream": usd(lines * Decimal("0.5625") * Decimal("0.04")),
    }
