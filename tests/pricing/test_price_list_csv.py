"""The offer in CSV form: read line by line, and refused where it is another file or only a part of one."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from modelyard.pricing.price_list import PriceListError
from modelyard.pricing.price_list_csv import read_csv

G5 = "USE1-Host:ml.g5.2xlarge"


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"FormatVersion": "v2.0"}, "has form 'v2.0', only v1.0 is understood"),
        ({"OfferCode": "AmazonEC2"}, "this is the price list of AmazonEC2, not of AmazonSageMaker"),
        ({"Publication_Date": "soon"}, "published on 'soon', which is no day"),
    ],
)
def test_another_list_is_refused(offers: Any, about: dict[str, str], said: str) -> None:
    with pytest.raises(PriceListError, match=said):
        read_csv(offers.text([offers.row(G5, "1")], **about).splitlines(keepends=True))


@pytest.mark.parametrize(
    "text", ["", "<html><body>Sign in</body></html>\n", "a,b\n" * 3, '{"regions": {}}\n', "\n" * 9]
)
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(PriceListError, match="no offer file of the AWS price list|has form ''"):
        read_csv(text.splitlines(keepends=True))


def test_a_list_that_stops_in_the_middle_of_a_line_is_refused(offers: Any) -> None:
    whole = offers.text([offers.row(G5, "1.515"), offers.row("USE1-Host:ml.g6.2xlarge", "1.222")])
    last_cell = ',"Amazon SageMaker"\n'
    first_price = whole.index(last_cell) + len(last_cell)
    # Cut behind the last comma, or at the end of a line, every price that is there is whole.
    for cut in range(first_price + 1, len(whole) - len(last_cell)):
        with pytest.raises(PriceListError, match="cut off"):
            read_csv(whole[:cut].splitlines(keepends=True))


def test_what_is_read_is_not_kept(offers: Any) -> None:
    def lines() -> Any:
        yield from offers.text([offers.row(G5, "1.515")]).splitlines(keepends=True)
        other = offers.text([offers.row("USE1-Train:ml.g5.2xlarge", "1.5")]).splitlines(keepends=True)[-1]
        # Some 8 MB of text.
        yield from (other for _ in range(20_000))

    tracemalloc.start()
    try:
        found = read_csv(lines())
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.prices) == 1
    assert most_bytes < 500_000
