"""Money, whatever the amounts: exact until it is shown, never a binary fraction, parts that make up their total."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from modelyard.catalog.schema import NegotiatedPrice
from modelyard.pricing.meters import Meter, instance_hour
from modelyard.pricing.price_file import exact_usd, shipped_prices
from modelyard.pricing.prices import HOURS_PER_MONTH, price
from modelyard.pricing.terms import Terms, negotiated_usd

CENT = Decimal("0.01")
SHIPPED = sorted(shipped_prices().prices)
amounts = st.decimals(min_value=Decimal("0.0000000001"), max_value=Decimal(999), places=10, allow_nan=False)
percents = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(100), places=2, allow_nan=False)
counts = st.integers(min_value=0, max_value=10_000)


def discount(percent: Decimal, **more: Any) -> NegotiatedPrice:
    days = {"since": "2026-01-01", "until": "2026-12-31"}
    return NegotiatedPrice.model_validate(
        {"usage": "everything", "discount_percent": f"{percent:f}", "reason": "agreed", **days, **more}
    )


@given(amounts)
def test_what_a_file_states_is_read_to_the_last_digit_and_written_back_as_it_was(usd: Decimal) -> None:
    text = f"{usd:f}"
    read = exact_usd(text, ("r", "s", "u"))
    assert isinstance(read, Decimal) and f"{read:f}" == text


@given(amounts, percents)
def test_a_discount_and_what_is_left_make_up_the_list_price(usd: Decimal, percent: Decimal) -> None:
    left = negotiated_usd(discount(percent), usd)
    assert left is not None and isinstance(left, Decimal)
    # In whole numbers, which know no rounding.
    scale = 10**14
    assert int(left * scale) * 10_000 == int(usd * scale) * (10_000 - int(percent * 100))
    assert 0 <= left < usd


@given(st.sampled_from(SHIPPED), percents)
def test_no_price_under_any_discount_is_a_binary_fraction(place: tuple[str, str, str], percent: Decimal) -> None:
    region, service, usage_type = place
    found = price(Meter(service, usage_type, ""), region, terms=Terms(agreements=(discount(percent),)))
    assert found is not None
    assert type(found.usd) is Decimal and type(found.list_usd) is Decimal


@given(st.lists(st.tuples(st.sampled_from(SHIPPED), counts), min_size=1, max_size=30), percents)
def test_the_months_of_all_endpoints_make_up_the_month_of_the_catalog(
    endpoints: list[tuple[tuple[str, str, str], int]], percent: Decimal
) -> None:
    terms = Terms(agreements=(discount(percent),))

    def monthly() -> Iterator[Decimal]:
        for (region, service, usage_type), count in endpoints:
            found = price(Meter(service, usage_type, ""), region, terms=terms)
            assert found is not None
            yield found.usd * HOURS_PER_MONTH * count

    parts = list(monthly())
    total = sum(parts, Decimal(0))
    for order in itertools.islice(itertools.permutations(parts), 10):
        assert sum(order, Decimal(0)) == total
    # Rounded once, when it is shown, the total is off by half a cent at most; rounded part by part by more.
    assert abs(total.quantize(CENT, rounding=ROUND_HALF_EVEN) - total) <= CENT / 2


@given(counts, counts)
def test_two_fleets_cost_what_one_of_both_sizes_costs(some: int, more: int) -> None:
    hour = price(instance_hour("ml.g6e.24xlarge"), "us-east-1")
    assert hour is not None
    month = hour.usd * HOURS_PER_MONTH
    assert month * some + month * more == month * (some + more)
