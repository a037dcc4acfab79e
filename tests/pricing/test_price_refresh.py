"""A newer list laid over the price file: what it changes, what it confirms, what it leaves alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from modelyard.pricing.price_file import PATH, ListedPrice, PriceFile, Source, price_file_text, read_price_file
from modelyard.pricing.price_list import PriceList
from modelyard.pricing.price_list_csv import read_csv
from modelyard.pricing.price_refresh import refreshed

HERE, SAGEMAKER = "us-east-1", "AmazonSageMaker"
LIST = f"aws-price-list-{HERE}"
SOURCES = {
    LIST: Source(text="the list before", dated=date(2026, 9, 20), derived=False),
    "read": Source(text="somebody's copy", dated=date(2025, 1, 26), derived=False),
    "ratio": Source(text="EC2 times a ratio", dated=date(2026, 7, 20), derived=True),
}


def file(**prices: tuple[str, str]) -> PriceFile:
    """Hosting prices by the size of a g5, each with its source."""
    return PriceFile(
        sources=SOURCES,
        prices={
            (HERE, SAGEMAKER, f"Host:ml.g5.{size}"): ListedPrice(usd=Decimal(usd), unit="Hrs", source=source)
            for size, (usd, source) in prices.items()
        },
    )


@pytest.fixture
def listed(offers: Any) -> Any:
    """A list with hosting prices by the size of a g5."""

    def make(**prices: str) -> PriceList:
        rows = [offers.row(f"USE1-Host:ml.g5.{size}", usd, sku=f"SKU-{size}") for size, usd in prices.items()]
        return read_csv(offers.text(rows).splitlines(keepends=True))

    return make


def outcome(refresh: Any) -> dict[str, tuple[str, str]]:
    return {
        usage.rpartition(".")[2]: (f"{row.usd:f}", row.source) for (_, _, usage), row in refresh.file.prices.items()
    }


def told(refresh: Any) -> list[tuple[str, str]]:
    return [(change.what, change.usage_type.rpartition(".")[2]) for change in refresh.changes]


def test_each_price_is_added_changed_confirmed_removed_or_kept(listed: Any) -> None:
    before = file(
        xlarge=("1.40", LIST), large=("1.00", "read"), big=("9", LIST), old=("2", "read"), guess=("3", "ratio"),
        same=("5", LIST),
    )  # fmt: skip
    after = refreshed(before, listed(xlarge="1.54", large="1.00", new="7", same="5"), [HERE])
    assert told(after) == [("removed", "big"), ("confirmed", "large"), ("added", "new"), ("changed", "xlarge")]
    assert outcome(after) == {
        "xlarge": ("1.54", LIST),
        "large": ("1", LIST),
        "new": ("7", LIST),
        "same": ("5", LIST),
        "old": ("2", "read"),
        "guess": ("3", "ratio"),
    }
    assert after.file.prices[HERE, SAGEMAKER, "Host:ml.g5.new"].sku == "SKU-new"


def test_the_difference_is_told_in_percent_of_what_it_was(listed: Any) -> None:
    (change,) = refreshed(file(xlarge=("1.40", LIST)), listed(xlarge="1.54"), [HERE]).changes
    assert (change.old_usd, change.new_usd, change.percent) == (Decimal("1.40"), Decimal("1.54"), Decimal(10))


def test_a_derived_price_gives_way_to_the_list_and_stays_derived_otherwise(listed: Any) -> None:
    before = file(xlarge=("1.40", "ratio"), other=("2", "ratio"))
    after = refreshed(before, listed(xlarge="1.40"), [HERE])
    assert told(after) == [("confirmed", "xlarge")]
    kept = after.file.prices[HERE, SAGEMAKER, "Host:ml.g5.other"]
    assert after.file.sources[kept.source].derived


def test_other_regions_and_services_are_left_alone(listed: Any) -> None:
    shipped = read_price_file(PATH)
    after = refreshed(shipped, listed(xlarge="1.408"), [HERE]).file
    logs = (HERE, "AmazonCloudWatch", "DataProcessing-Bytes")
    assert after.prices[logs] == shipped.prices[logs]
    untouched = refreshed(shipped, listed(xlarge="1.408"), [])
    assert (untouched.changes, untouched.file.prices) == ((), shipped.prices)


def test_a_price_that_the_list_states_twice_stays_as_it_is(listed: Any, offers: Any) -> None:
    rows = [offers.row("USE1-Host:ml.g5.xlarge", usd, sku=usd) for usd in ("1.4", "1.5")]
    torn = read_csv(offers.text(rows).splitlines(keepends=True))
    after = refreshed(file(xlarge=("1.40", LIST)), torn, [HERE])
    assert (after.changes, outcome(after)) == ((), {"xlarge": ("1.40", LIST)})


def test_laying_the_same_list_over_it_again_changes_no_byte(listed: Any) -> None:
    once = refreshed(read_price_file(PATH), listed(xlarge="1.408", big="9.5"), [HERE])
    again = refreshed(once.file, listed(xlarge="1.408", big="9.5"), [HERE])
    assert again.changes == ()
    assert price_file_text(again.file) == price_file_text(once.file)


def test_what_is_written_reads_back_as_it_was(listed: Any, tmp_path: Any) -> None:
    after = refreshed(read_price_file(PATH), listed(xlarge="1.4080000000", big="100"), [HERE]).file
    path = tmp_path / "prices.json"
    path.write_text(price_file_text(after), encoding="utf-8")
    back = read_price_file(path)
    assert back.prices == after.prices
    assert back.prices[HERE, SAGEMAKER, "Host:ml.g5.big"].usd == 100
