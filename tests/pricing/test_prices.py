from __future__ import annotations

from decimal import Decimal

import pytest

from capacity.instances import instance_names
from pricing.price_file import shipped_prices
from pricing.prices import hourly_price, serverless_usd_per_second, usd_per_hour, usd_per_month


@pytest.mark.parametrize(
    ("name", "usd"),
    [("ml.g5.2xlarge", "1.515"), ("ml.g5.12xlarge", "7.09"), ("ml.inf2.8xlarge", "2.36"), ("ml.c5.2xlarge", "0.408")],
)
def test_an_hour_costs_what_the_source_says_to_the_last_digit(name, usd):
    assert usd_per_hour(name, "us-east-1") == Decimal(usd)


def test_a_month_has_730_hours():
    assert usd_per_month("ml.g5.2xlarge", "us-east-1") == Decimal("1105.95")
    assert usd_per_month("ml.g5.2xlarge", "us-east-1", count=2) == Decimal("2211.90")


def test_an_unknown_price_is_none_and_never_a_guess():
    assert usd_per_hour("ml.p5e.48xlarge", "us-east-1") is None
    assert usd_per_month("ml.p5e.48xlarge", "us-east-1") is None


def test_prices_hold_for_their_own_region_only():
    assert usd_per_hour("ml.g5.2xlarge", "eu-west-1") is None
    assert serverless_usd_per_second(2048, "eu-west-1") is None


def test_a_derived_price_says_so():
    read, derived = hourly_price("ml.g5.2xlarge", "us-east-1"), hourly_price("ml.g7.2xlarge", "us-east-1")
    assert read is not None and derived is not None
    assert (read.derived, derived.derived) == (False, True)
    assert derived.source.startswith("EC2 on-demand")


def test_serverless_costs_by_memory_and_second():
    assert serverless_usd_per_second(1024, "us-east-1") == Decimal("0.00002")
    assert serverless_usd_per_second(3072, "us-east-1") == Decimal("0.00006")
    assert serverless_usd_per_second(2048, "us-east-1", provisioned=True) == Decimal("0.00001")


def test_every_hosting_price_is_of_a_type_that_exists():
    for region, _, usage_type in shipped_prices().prices:
        kind, _, name = usage_type.partition(":")
        if kind == "Host" and name.startswith("ml."):
            assert name in instance_names(), region
