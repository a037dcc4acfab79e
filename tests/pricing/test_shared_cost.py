"""What the foundation costs: recomputed by hand, and never hidden in an endpoint."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from modelyard.catalog.loader import load
from modelyard.catalog.schema import AlarmTargets, Environment, Shards, Signals
from modelyard.pricing.band import Band
from modelyard.pricing.endpoint_cost import requests_of
from modelyard.pricing.usage import Traffic
from tests.fixtures.priced_months import shared_month, stack_of

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "tests" / "catalogs" / "four-kinds"
PLAIN = Environment(account="000000000000", region="us-east-1")
MILLION = 1_000_000


def with_signals(**said):
    return PLAIN.model_copy(update={"signals": Signals(**{"stream": "on-demand", **said})})


def asked(expected: int, high: int | None = None) -> Band:
    return Band(low=Decimal(0), expected=Decimal(expected), high=Decimal(high or expected))


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def expected(cost, words: str) -> Decimal:
    [found] = [line for line in cost.lines if words in line.what]
    return found.usd.expected


def test_an_environment_pays_for_its_own_key_beside_the_companys_unless_it_has_none():
    assert str(shared_month(PLAIN, asked={}).usd.expected) == "1.00"
    guarded = load(CATALOG, "guarded").environment
    # The other is the dashboard that it asks for.
    assert [one.component for one in shared_month(guarded, asked={}).lines] == ["key", "metrics"]
    without = guarded.model_copy(update={"foundation_key": False})
    assert [one.component for one in shared_month(without, asked={}).lines] == ["metrics"]


def test_a_stream_that_nothing_is_written_to_is_billed_by_the_hour_and_its_alarms():
    cost = shared_month(with_signals(), asked={})
    assert [str(line.usd.expected) for line in cost.lines] == ["1.00", "29.20", "1.00"]
    assert cost.assumptions == ("no image of these endpoints writes records, so nothing goes through the stream",)
    shards = with_signals(stream=Shards(shards=2), stream_retention_hours=200)
    cost = shared_month(shards, asked={})
    assert [str(line.usd.expected) for line in cost.lines[:3]] == ["1.00", "21.90", "29.20"]
    assert len(cost.not_priced) == 1


def test_processing_is_recomputed_by_hand():
    # 100 million requests, four in a Kinesis record: four shards that have some in each minute, and full batches.
    cost = shared_month(with_signals(), asked={"chat": asked(60 * MILLION), "shelf": asked(40 * MILLION)})
    calls = Decimal(4 * 730 * 60) + Decimal(25 * MILLION) / 500
    assert expected(cost, "calls of the stream processor") == rounded(calls * Decimal("0.0000002"))
    seconds = calls * Decimal("0.15") + Decimal(100 * MILLION) * Decimal("0.000016")
    gb = Decimal(1769) / 1024
    assert expected(cost, "processor at work") == rounded(seconds * gb * Decimal("0.0000133334"))
    told = 2 * calls + Decimal(100 * MILLION) / 2250
    assert expected(cost, "calls of PutMetricData") == rounded(told * Decimal("0.00001"))
    assert expected(cost, "metrics of the stream processor") == Decimal("0.90")
    files = Decimal(730 * 12) + Decimal(100 * MILLION) * Decimal("0.5625") / (128 * 1024)
    assert expected(cost, "files of the table, delivered") == rounded(files * Decimal("0.000005"))
    assert expected(cost, "files of the table, written") == rounded(files * Decimal("0.000005"))
    assert [line.what for line in cost.not_priced] == [
        "sorting the table by hour: JQ hours, of which AWS does not say how they add up"
    ]
    assert all(line.usd.low <= line.usd.expected <= line.usd.high for line in cost.lines)


def test_few_requests_call_the_processor_no_more_often_than_there_are_records():
    cost = shared_month(with_signals(), asked={"chat": asked(4_000)})
    [calls] = [line.quantity for line in cost.lines if line.what == "calls of the stream processor"]
    assert calls is not None and (calls.low, calls.expected) == (0, Decimal(1_000) + 2)


def test_an_endpoint_whose_usage_nobody_stated_is_named_and_the_others_are_counted():
    known = shared_month(with_signals(), asked={"chat": asked(MILLION)})
    cost = shared_month(with_signals(), asked={"chat": asked(MILLION), "shelf": None})
    assert [line.what for line in cost.depends_on_usage] == ["processing the records of shelf"]
    assert cost.usd == known.usd
    nobody = shared_month(with_signals(), asked={"shelf": None, "answers": None})
    assert [line.what for line in nobody.depends_on_usage] == ["processing the records of shelf, answers"]


def test_who_hears_of_the_streams_alarms_is_billed_by_the_mail_and_the_call():
    targets = AlarmTargets(email=("a@example.com", "b@example.com"), https=("https://pager.example.com/x",))
    cost = shared_month(with_signals(alarms=targets), asked={})
    mails, calls = [line for line in cost.lines if "if each alarm goes on" in line.what]
    # Nine alarms that go on and off, two addresses.
    assert mails.quantity is not None and mails.quantity.expected == 9 * 2 * 2
    assert calls.quantity is not None and calls.quantity.expected == 9 * 2


@pytest.mark.parametrize("name", ["chat", "shelf", "summaries", "answers"])
def test_how_often_an_endpoint_is_asked_is_what_the_usage_says_up_to_what_it_can_serve(name):
    catalog = load(CATALOG, "local")
    entry = catalog.entries[name]
    stack = stack_of(entry, catalog.environment)
    traffic = Traffic.model_validate({"requests_per_month": 1_000, "seconds_per_request": 2})
    found = requests_of(entry, stack, traffic)
    assert found is not None and found.low == 0 and found.expected == 1_000 and found.high > 100_000
    assert requests_of(entry, stack, None) is None


def test_flink_is_billed_by_its_units_and_a_stream_of_its_own():
    by_function = shared_month(with_signals(), asked={"chat": asked(100 * MILLION)})
    cost = shared_month(with_signals(aggregation="flink"), asked={"chat": asked(100 * MILLION)})
    assert expected(cost, "2 units of Flink") == Decimal("160.60")
    assert expected(cost, "storage of the job") == Decimal("5.00")
    assert expected(cost, "the stream of windows") == Decimal("29.20")
    read = Decimal(100 * MILLION) * Decimal("0.5625") * Decimal("0.18") / (1 << 20)
    assert expected(cost, "records read a second time") == rounded(read * Decimal("0.04"))
    calls = Decimal(4 * 730 * 60)
    assert expected(cost, "calls of the window publisher") == rounded(calls * Decimal("0.0000002"))
    seconds = calls * Decimal("0.15") / 2
    assert expected(cost, "window publisher at work") == rounded(seconds * Decimal("0.0000133334"))
    in_both = {line.what for line in by_function.lines if line.component != "alarms"}
    assert in_both < {line.what for line in cost.lines}
    # Without requests the job and its stream are billed all the same.
    idle = shared_month(with_signals(aggregation="flink"), asked={})
    other = sum(line.usd.expected for line in idle.lines if line.component != "alarms")
    assert other == Decimal("1.00") + Decimal("29.20") * 2 + Decimal("160.60") + 5


def test_flink_takes_as_many_units_as_its_records_keep_busy():
    # 100,000 a second at the most: 20 units at 10,366 a second each, half of each left for peaks; and one beside them.
    month = 100_000 * 730 * 3600
    cost = shared_month(with_signals(aggregation="flink"), asked={"chat": asked(month // 100, month)})
    [units] = [line for line in cost.lines if "units of Flink" in line.what]
    assert units.what == "2 to 21 units of Flink, one of them for its orchestration"
    assert (str(units.usd.low), str(units.usd.expected)) == ("160.60", "160.60")
    assert units.usd.high == Decimal(21 * 730) * Decimal("0.11")


def test_many_endpoints_without_a_stated_usage_are_counted_and_not_listed():
    cost = shared_month(with_signals(), asked={f"chat-{number}": None for number in range(300)})
    assert [line.what for line in cost.depends_on_usage] == ["processing the records of 300 endpoints"]
