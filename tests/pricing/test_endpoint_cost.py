"""The month of an endpoint: figures recomputed by hand, and what holds for every endpoint."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.capacity.weights import weight_bytes
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.loader import load
from modelyard.catalog.schema import KINDS, Environment
from modelyard.pricing.band import Band, total
from modelyard.pricing.endpoint_cost import Cost
from modelyard.pricing.line import Rates
from modelyard.pricing.terms import LIST_PRICES
from modelyard.pricing.usage import Traffic
from tests.fixtures.priced_months import RATES, endpoint_month

ROOT = Path(__file__).parents[2]
GIB = 1 << 30
CENT = Decimal("0.01")
PLAIN = Environment(account="000000000000", region="us-east-1")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(ROOT / "tests" / "catalogs" / "four-kinds", "local")


def variant(entry: Entry, **changed: object) -> Entry:
    """The entry with other values of the endpoint's own tables."""
    tables = entry.endpoint.model_dump(by_alias=True)
    for key, value in changed.items():
        tables[key] = {**tables[key], **value} if isinstance(value, dict) and tables.get(key) else value
    return replace(entry, endpoint=KINDS[entry.endpoint.kind].model_validate(tables))


def traffic(**said: object) -> Traffic:
    return Traffic.model_validate({"seconds_per_request": 2, **said})


def month(entry: Entry, asked: Traffic | None, rates: Rates = RATES) -> Cost:
    """The month in an environment without anything of its own."""
    return endpoint_month(entry, PLAIN, asked, rates)


def amounts(cost: Cost, component: str) -> list[tuple[str, str, str]]:
    return [
        (str(line.usd.low), str(line.usd.expected), str(line.usd.high))
        for line in cost.lines
        if line.component == component
    ]


def rounded(amount: Decimal) -> str:
    return str(amount.quantize(CENT, rounding=ROUND_HALF_UP))


def test_without_usage_the_band_is_fewest_and_most_instances_for_730_hours(catalog):
    # ml.g5.2xlarge costs 1.515 an hour; 1 to 3 of them.
    cost = month(catalog.entries["chat"], None)
    assert amounts(cost, "instances") == [("1105.95", "1105.95", "3317.85")]
    assert "no usage is stated" in cost.assumptions[0]


def test_expected_instances_follow_the_requests_of_each_hour_within_the_band(catalog):
    # 4 at once on an instance, 2 s each: 7,200 an hour. 12 hours of 10,000 take 2, 12 hours of 0 keep the fewest, 1.
    profile = (10_000,) * 12 + (0,) * 12
    cost = month(catalog.entries["chat"], traffic(requests_per_hour=profile))
    hours = Decimal(730) * 3 / 2
    assert amounts(cost, "instances") == [("1105.95", rounded(hours * Decimal("1.515")), "3317.85")]
    assert not cost.warnings


def test_an_hour_that_asks_for_more_than_the_most_instances_is_warned_of(catalog):
    cost = month(catalog.entries["chat"], traffic(requests_per_hour=(50_000,) * 24))
    assert amounts(cost, "instances") == [("1105.95", "3317.85", "3317.85")]
    assert cost.warnings == ("the usage asks for 4 more instances than max 3 allows in its busiest hour",)


def test_a_queue_runs_no_instance_while_nothing_arrives(catalog):
    # Work arrives in 6 hours of 24; 2 at once, 2 s each: 3,600 an hour and instance. The fallback costs 2.03 an hour.
    entry = catalog.entries["summaries"]
    cost = month(entry, traffic(requests_per_hour=(100,) * 6 + (0,) * 18))
    expected = rounded(Decimal(730) / 4 * Decimal("1.515"))
    assert amounts(cost, "instances") == [("0.00", expected, rounded(Decimal("2.03") * 2 * 730))]
    assert amounts(month(entry, None), "instances")[0][:2] == ("0.00", "0.00")


def test_serverless_is_billed_by_the_second_and_the_memory(catalog):
    # 3 GB at 0.00002 a GB and second; 100,000 requests of 2 s; two at once all month at the most.
    cost = month(catalog.entries["answers"], traffic(requests_per_month=100_000))
    most = rounded(Decimal("0.00006") * 2 * 730 * 3600)
    assert amounts(cost, "requests") == [("0.00", "12.00", most)]


def test_provisioned_concurrency_is_billed_warm_all_month_and_again_while_it_serves(catalog):
    entry = variant(catalog.entries["answers"], serving={"memory_mb": 2048, "provisioned_concurrency": 1})
    cost = month(entry, traffic(requests_per_month=100_000))
    on_demand, warm, serving = amounts(cost, "requests")
    assert warm == (rounded(Decimal("0.00001") * 730 * 3600),) * 3
    # A load of 0.076 at once fits on the one that is warm: nothing runs on demand.
    assert on_demand[1] == "0.00"
    assert serving[1] == rounded(Decimal("0.0000233") * 200_000)


def test_monitoring_is_recomputed_by_hand(catalog):
    asked = traffic(requests_per_month=1_000_000, request_kib=4, response_kib=3, log_kib_per_request=0.5)
    entry = variant(catalog.entries["chat"], log_keep_days=365)
    cost = month(entry, asked)
    gb = Decimal(1 << 20)
    written = Decimal(500_000) / gb
    kept = written * 365 * 24 / 730
    # Half of the requests are captured for 30 days, each with 1 KiB of its own.
    captured = Decimal(500_000 * 8) / gb * 30 * 24 / 730
    middle = {component: [row[1] for row in amounts(cost, component)] for component in ("data", "capture", "logs")}
    assert middle == {
        "data": [
            rounded(Decimal(4_000_000) / gb * Decimal("0.016")),
            rounded(Decimal(3_000_000) / gb * Decimal("0.016")),
        ],
        "capture": [rounded(captured * Decimal("0.023")), rounded(500_000 * Decimal("0.000005"))],
        "logs": [rounded(written * Decimal("0.50")), rounded(kept * Decimal("0.03"))],
    }
    # Shares of server errors, client errors and model errors (2 + 2 + 3 metrics), latency and disk; the scaling
    # policy's two are of high resolution; one composite alarm; mails and calls that cost less than a cent.
    assert [row[1] for row in amounts(cost, "alarms")] == ["0.90", "0.60", "0.50", "0.00", "0.00"]


def test_weights_and_volumes_are_billed_by_size(catalog):
    entry = catalog.entries["chat-neuron"]
    cost = month(entry, None)
    assert amounts(cost, "volumes")[0][1] == rounded(64 * Decimal("0.14"))
    stored = Decimal(sum(weight_bytes(model) for model in entry.models.values())) / GIB
    assert amounts(cost, "weights")[0][1] == rounded(stored * Decimal("0.023"))


def test_an_unknown_price_is_told_and_counts_nothing(catalog):
    entry = variant(catalog.entries["chat"], serving={"instance": "ml.p5e.48xlarge"})
    cost = month(entry, None)
    assert [line.what for line in cost.not_priced] == ["1 to 3 x ml.p5e.48xlarge"]
    assert cost.usd == month(entry, None).usd
    assert cost.usd.expected < 5
    elsewhere = month(catalog.entries["chat"], None, Rates(region="eu-west-1", terms=LIST_PRICES))
    assert elsewhere.usd == Band.of(0) and all(line.state == "not priced" for line in elsewhere.lines)


def test_an_unpriced_fallback_is_a_line_of_its_own(catalog):
    entry = variant(catalog.entries["chat"], serving={"instance": ("ml.g5.2xlarge", "ml.p5e.48xlarge")})
    cost = month(entry, None)
    assert amounts(cost, "instances")[0] == ("1105.95", "1105.95", "3317.85")
    assert [line.what for line in cost.not_priced] == ["ml.p5e.48xlarge, should the endpoint fall back on it"]


def test_detailed_observability_has_no_price_that_anybody_lists(catalog):
    entry = variant(catalog.entries["chat"], detailed_observability=True)
    assert [line.component for line in month(entry, None).not_priced] == ["metrics"]


def test_requests_and_tokens_have_a_price_of_their_own(catalog):
    asked = traffic(requests_per_month=1_000_000, input_tokens=900, output_tokens=100)
    cost = month(catalog.entries["chat"], asked)
    assert [unit.what for unit in cost.units] == ["1,000 requests", "1,000,000 tokens in and out"]
    assert cost.units[0].usd == cost.units[1].usd == (cost.usd.expected / 1000).quantize(Decimal("0.0001"))
    assert month(catalog.entries["chat"], traffic(requests_per_month=0)).units == ()


def test_a_fixed_fleet_has_no_alarms_of_scaling(catalog):
    moved, fixed = (month(catalog.entries[name], None).lines for name in ("chat", "chat-neuron"))
    assert [line.what for line in moved if "scaling" in line.what] == ["2 high-resolution alarms of the scaling policy"]
    assert not [line for line in fixed if "scaling" in line.what]


instances = st.tuples(st.integers(0, 20), st.integers(1, 20)).map(lambda two: (min(two), max(two)))
hours = st.lists(st.integers(0, 10**7), min_size=24, max_size=24).map(tuple)
seconds = st.decimals("0.01", "600", places=2)


@settings(deadline=None)
@given(name=st.sampled_from(["chat", "shelf", "summaries", "answers"]), band=instances, asked=hours, each=seconds)
def test_low_is_never_above_expected_nor_expected_above_high_and_lines_sum_to_the_total(
    catalog, name, band, asked, each
):
    entry = catalog.entries[name]
    if name != "answers":
        entry = variant(entry, scaling={"instances": {"min": band[0], "max": band[1]}})
    said = Traffic.model_validate(
        {
            "requests_per_hour": asked,
            "seconds_per_request": each,
            "request_kib": 3,
            "response_kib": 2,
            "log_kib_per_request": 1,
        }
    )
    for cost in (month(entry, said), month(entry, None)):
        for line in cost.lines:
            assert line.usd.low <= line.usd.expected <= line.usd.high, line
            assert line.usd == line.usd.in_cents()
        assert cost.usd == total(line.usd for line in cost.lines)


@given(st.lists(st.tuples(*[st.decimals("-1e9", "1e9", places=2)] * 3), max_size=30))
def test_a_total_is_the_exact_sum_whatever_the_order(rows):
    bands = [Band(low=low, expected=expected, high=high) for low, expected, high in rows]
    assert total(bands) == total(reversed(bands))
    assert total(bands).expected == sum((row[1] for row in rows), start=Decimal(0))


def test_a_request_has_no_price_where_what_answers_it_has_none(catalog):
    entry = variant(catalog.entries["chat"], serving={"instance": "ml.p5e.48xlarge"})
    assert month(entry, traffic(requests_per_month=1_000, input_tokens=1)).units == ()
