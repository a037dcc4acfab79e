"""What a company has agreed with AWS, as organisation.yaml states it: exact, dated, with a reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from modelyard.catalog.schema import NegotiatedPrice

FIVE_OFF: dict[str, Any] = {
    "usage": "everything",
    "discount_percent": "5",
    "reason": "private pricing 2026",
    "since": "2026-01-01",
    "until": "2026-12-31",
}


def refusal(**changes: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        NegotiatedPrice.model_validate({**FIVE_OFF, **changes})
    return str(raised.value.errors()[0]["msg"])


@pytest.mark.parametrize(("written", "percent"), [("12.5", "12.5"), (12, "12"), ("0.01", "0.01"), ("100", "100")])
def test_an_amount_is_a_whole_number_or_a_text(written: object, percent: str) -> None:
    read = NegotiatedPrice.model_validate({**FIVE_OFF, "discount_percent": written}).discount_percent
    assert type(read) is Decimal and read == Decimal(percent)


def test_a_number_with_a_point_is_asked_for_in_quotes() -> None:
    assert refusal(discount_percent=12.5).endswith('write it in quotes, "12.5", so that it stays exact')


@pytest.mark.parametrize("written", ["", "-5", "1e1", "5 %", "١٢", "nan", "1234567890", "0.12345678901", "5\n"])
def test_what_is_no_amount_is_refused(written: str) -> None:
    assert "is no amount: write up to 9 digits" in refusal(discount_percent=written)


@pytest.mark.parametrize("written", [True, None, [], {}, 0, "0", 101, "100.1"])
def test_a_discount_is_above_0_and_at_most_100(written: object) -> None:
    refusal(discount_percent=written)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"usd_per_hour": "1"}, "write one of them"),
        ({"discount_percent": None}, "write one of them"),
        ({"instances": ("ml.g5.xlarge",)}, "usage everything is not narrowed to instances"),
        ({"usage": "instances", "discount_percent": None, "usd_per_hour": "1"}, "name the types in instances"),
        (
            {"usage": "instances", "discount_percent": None, "usd_per_hour": "1", "instances": ("ml.g5.*",)},
            "name the types in instances, no family",
        ),
        ({"until": "2025-12-31"}, "until is 2025-12-31, before since 2026-01-01"),
    ],
)
def test_what_contradicts_itself_is_refused(changes: dict[str, Any], said: str) -> None:
    assert said in refusal(**changes)


def test_an_agreement_names_its_reason_and_its_days() -> None:
    for key in ("reason", "since", "until", "usage"):
        with pytest.raises(ValidationError, match="Field required"):
            NegotiatedPrice.model_validate({name: value for name, value in FIVE_OFF.items() if name != key})
