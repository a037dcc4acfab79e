"""The one way to a price: what the file states, what is derived from it, what a company has agreed; nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from modelyard.capacity.instances import instance_names
from modelyard.catalog.schema import NegotiatedPrice, Organisation
from modelyard.pricing.meters import (
    ALARM_MONTH,
    ENDPOINT_STORAGE,
    LOGS_INGESTED,
    Meter,
    instance_hour,
    provisioned_second,
    provisioned_serving_second,
    serverless_second,
)
from modelyard.pricing.price_file import shipped_prices
from modelyard.pricing.prices import Price, hourly_price, price
from modelyard.pricing.terms import Terms

HERE, ELSEWHERE = "us-east-1", "eu-west-1"
G5 = instance_hour("ml.g5.2xlarge")
DAYS = {"since": "2026-01-01", "until": "2026-12-31"}


def terms(*agreements: dict[str, Any]) -> Terms:
    return Terms(
        agreements=tuple(NegotiatedPrice.model_validate({"reason": "agreed", **DAYS, **one}) for one in agreements)
    )


def found(meter: Meter, region: str = HERE, *agreements: dict[str, Any]) -> Price:
    stated = price(meter, region, terms=terms(*agreements))
    assert stated is not None
    return stated


@pytest.mark.parametrize(
    ("name", "usd"),
    [("ml.g5.2xlarge", "1.515"), ("ml.g5.12xlarge", "7.09"), ("ml.inf2.8xlarge", "2.36"), ("ml.c5.2xlarge", "0.408")],
)
def test_an_hour_costs_what_the_source_says_to_the_last_digit(name: str, usd: str) -> None:
    assert found(instance_hour(name)).usd == Decimal(usd)


def test_serverless_costs_by_memory_and_second() -> None:
    assert found(serverless_second(1024)).usd == Decimal("0.00002")
    assert found(serverless_second(3072)).usd == Decimal("0.00006")
    assert found(provisioned_second(2048)).usd == Decimal("0.00001")
    assert found(provisioned_serving_second(2048)).usd == Decimal("0.0000233")


@pytest.mark.parametrize(
    ("meter", "region"),
    [
        (instance_hour("ml.p5e.48xlarge"), HERE),
        (instance_hour("ml.p5e.48xlarge", "async"), HERE),
        (serverless_second(1500), HERE),
        (serverless_second(7168), HERE),
        (G5, ELSEWHERE),
        (serverless_second(1024), ELSEWHERE),
        (ALARM_MONTH, ELSEWHERE),
    ],
)
def test_an_unknown_price_is_none_and_never_a_guess(meter: Meter, region: str) -> None:
    assert price(meter, region) is None
    # A discount on what nobody knows is not known either.
    assert price(meter, region, terms=terms({"usage": "everything", "discount_percent": 10})) is None


def test_a_derived_price_says_so() -> None:
    assert (found(G5).basis, found(G5).mark) == ("list", "")
    derived = found(instance_hour("ml.g7.2xlarge"))
    assert (derived.basis, derived.mark) == ("derived", "~")
    assert derived.source.startswith("EC2 on-demand")
    assert found(serverless_second(6144)).derived


def test_an_asynchronous_hour_is_derived_from_hosting_where_the_list_lacks_it() -> None:
    waiting = found(instance_hour("ml.g5.2xlarge", "async"))
    assert (waiting.usd, waiting.derived) == (found(G5).usd, True)
    assert waiting.source.startswith("real-time hosting of the same type: ")
    assert instance_hour("ml.g5.2xlarge", "multi-model") == G5


def test_every_hosting_price_is_of_a_type_that_exists() -> None:
    for region, _, usage_type in shipped_prices().prices:
        kind, _, name = usage_type.partition(":")
        if kind == "Host" and name.startswith("ml."):
            assert name in instance_names(), region


def test_a_discount_is_off_the_list_and_says_why() -> None:
    agreed = found(G5, HERE, {"usage": "everything", "discount_percent": "12.5", "reason": "private pricing 2026"})
    assert (agreed.usd, agreed.list_usd) == (Decimal("1.325625"), Decimal("1.515"))
    assert (agreed.basis, agreed.mark, agreed.negotiated) == ("negotiated", "*", "private pricing 2026")


def test_a_discount_on_a_derived_price_is_both() -> None:
    agreed = found(instance_hour("ml.g7.2xlarge"), HERE, {"usage": "instances", "discount_percent": 10})
    assert (agreed.basis, agreed.derived) == ("negotiated", True)


def test_a_price_of_ones_own_holds_where_no_list_knows_one() -> None:
    own = {"usage": "instances", "instances": ("ml.p5e.48xlarge",), "usd_per_hour": "55.5", "reason": "training plan"}
    agreed = found(instance_hour("ml.p5e.48xlarge"), ELSEWHERE, own)
    assert (agreed.usd, agreed.list_usd, agreed.negotiated) == (Decimal("55.5"), None, "training plan")
    assert (agreed.dated, agreed.sku) == (date(2026, 1, 1), None)


def test_the_first_agreement_that_covers_a_usage_decides() -> None:
    listed = (
        {"usage": "instances", "instances": ("ml.g5.2xlarge",), "usd_per_hour": "1.2", "reason": "one type"},
        {"usage": "instances", "instances": ("ml.g5.*",), "discount_percent": 20, "reason": "a family"},
        {"usage": "instances", "discount_percent": 5, "reason": "instances"},
        {"usage": "serverless", "discount_percent": 4, "reason": "serverless"},
        {"usage": "everything", "discount_percent": 3, "reason": "all of AWS"},
    )
    reasons = {
        meter.usage_type: found(meter, HERE, *listed).negotiated
        for meter in (
            G5,
            instance_hour("ml.g5.2xlarge", "async"),
            instance_hour("ml.g5.xlarge"),
            instance_hour("ml.g6.xlarge"),
            serverless_second(1024),
            provisioned_second(1024),
            ENDPOINT_STORAGE,
            LOGS_INGESTED,
        )
    }
    assert list(reasons.values()) == [
        "one type", "one type", "a family", "instances", "serverless", "serverless", "all of AWS", "all of AWS",
    ]  # fmt: skip
    assert found(G5, HERE, *reversed(listed)).negotiated == "all of AWS"


def test_a_family_is_not_the_beginning_of_another() -> None:
    assert found(instance_hour("ml.g6e.xlarge"), HERE, {
        "usage": "instances", "instances": ("ml.g6.*",), "discount_percent": 20
    }).negotiated is None  # fmt: skip


def test_an_agreement_may_hold_in_some_regions_only() -> None:
    there = {"usage": "instances", "regions": (ELSEWHERE,), "discount_percent": 20}
    assert found(G5, HERE, there).negotiated is None
    here = {
        "usage": "instances",
        "regions": (
            ELSEWHERE,
            HERE,
        ),
        "discount_percent": 20,
    }
    assert found(G5, HERE, here).negotiated == "agreed"


@pytest.mark.parametrize(
    ("day", "holds"),
    [("2025-12-31", False), ("2026-01-01", True), ("2026-12-31", True), ("2027-01-01", False)],
)
def test_an_agreement_holds_from_its_first_to_its_last_day(day: str, holds: bool) -> None:
    organisation = Organisation.model_validate(
        {"teams": {}, "prices": ({"usage": "everything", "discount_percent": 10, "reason": "agreed", **DAYS},)}
    )
    on_that_day = Terms.of(organisation, on=date.fromisoformat(day))
    stated = hourly_price("ml.g5.2xlarge", HERE, terms=on_that_day)
    assert stated is not None and (stated.negotiated is not None) is holds
