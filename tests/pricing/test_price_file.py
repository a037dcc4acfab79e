"""The price file: exact amounts with a source and a day, one line each, and nothing else."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modelyard.pricing import meters
from modelyard.pricing.meters import Meter
from modelyard.pricing.price_file import PATH, PriceFileError, price_file_text, read_price_file

GOOD: dict[str, Any] = {
    "currency": "USD",
    "sources": {"list": {"text": "the list", "date": "2026-11-18", "derived": False}},
    "regions": {
        "us-east-1": {"AmazonSageMaker": {"Host:ml.g5.xlarge": {"usd": "1.408", "unit": "Hrs", "source": "list"}}}
    },
}


def refused(tmp_path: Path, document: object) -> str:
    path = tmp_path / "prices.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    with pytest.raises(PriceFileError) as raised:
        read_price_file(path)
    return str(raised.value)


def with_price(**cells: Any) -> dict[str, Any]:
    price = {"usd": "1.408", "unit": "Hrs", "source": "list", **cells}
    return {**GOOD, "regions": {"us-east-1": {"AmazonSageMaker": {"Host:ml.g5.xlarge": price}}}}


def test_the_shipped_file_is_written_as_a_refresh_would_write_it() -> None:
    assert PATH.read_text("utf-8") == price_file_text(read_price_file(PATH))


def test_every_shipped_price_names_where_it_comes_from_and_when() -> None:
    file = read_price_file(PATH)
    assert file.regions == ("us-east-1",)
    for price in file.prices.values():
        source = file.sources[price.source]
        assert source.text and date(2024, 1, 1) < source.dated
    derived = {price.source for price in file.prices.values() if file.sources[price.source].derived}
    assert derived == {
        "composite-copies",
        "ec2-ratio",
        "flink-copies",
        "serverless-linear",
        "training",
        "training-us-west-2",
        "us-east-2-copies",
    }


def test_every_usage_that_is_no_instance_has_a_shipped_price_under_the_name_of_the_bill() -> None:
    known = read_price_file(PATH).prices
    counted = [meter for meter in vars(meters).values() if isinstance(meter, Meter)]
    assert len(counted) > 30
    units = {meter: known["us-east-1", meter.service, meter.usage_type].unit for meter in counted}
    assert units == {meter: meter.unit for meter in counted}


@pytest.mark.parametrize("usd", [1.408, 1, None, "", "1,408", "-1", "1e3", "0", "0.000", "NaN", ".5", "1.", "٣"])
def test_an_amount_is_a_text_of_digits_above_zero(tmp_path: Path, usd: object) -> None:
    assert "write the digits of an amount above 0 as a text" in refused(tmp_path, with_price(usd=usd))


def test_a_price_without_a_source_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, with_price(source="hearsay"))
    assert said.endswith(
        "prices.json: us-east-1 AmazonSageMaker Host:ml.g5.xlarge names source hearsay, which is not described"
    )


@pytest.mark.parametrize(
    "document",
    ["", "{", "[]", "3", {}, {**GOOD, "regions": []}, {**GOOD, "sources": {"list": {}}}, with_price(usd=[1])],
)
def test_what_is_no_price_file_is_refused(tmp_path: Path, document: object) -> None:
    assert refused(tmp_path, document).startswith(str(tmp_path))


def test_only_dollars_are_understood(tmp_path: Path) -> None:
    assert "the prices are in EUR, only USD" in refused(tmp_path, {**GOOD, "currency": "EUR"})
