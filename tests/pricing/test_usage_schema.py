"""What an editor knows of a usage file while it is being written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from modelyard.pricing.usage_schema import FILE_NAME, usage_schema

GOOD: dict[str, Any] = {
    "requests_per_month": 1_200_000,
    "seconds_per_request": 4.2,
    "request_kib": 5,
    "response_kib": 2.5,
    "log_kib_per_request": 0.5,
    "record_kib": 0.6,
    "input_tokens": 900,
    "output_tokens": 250,
}


def complaints(traffic: object) -> list[str]:
    schema = json.loads(usage_schema())
    Draft202012Validator.check_schema(schema)
    document = {"environments": {"prod": {"support-chat": traffic}}}
    return [error.message for error in Draft202012Validator(schema).iter_errors(document)]


def test_the_committed_schema_is_what_the_types_say():
    assert (Path(__file__).parents[2] / "catalog" / "schema" / FILE_NAME).read_text("utf-8") == usage_schema()


@pytest.mark.parametrize("rate", [{}, {"requests_per_hour": [10] * 24}, {"requests_per_hour": [0] * 168}])
def test_an_editor_finds_nothing_wrong_in_a_right_file(rate):
    kept = {key: value for key, value in GOOD.items() if not (rate and key == "requests_per_month")}
    assert complaints({**kept, **rate}) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"request_kb": 1},
        {"seconds_per_request": 0},
        {"seconds_per_request": "4.2"},
        {"requests_per_hour": [10] * 24},
        {"requests_per_month": None, "requests_per_hour": [1, 2]},
        {"requests_per_month": None},
        {"requests_per_month": -1},
        {"seconds_per_request": None},
    ],
)
def test_an_editor_underlines_a_mistake(changes):
    written = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    assert complaints(written)


def test_a_name_that_no_endpoint_can_have_is_underlined():
    schema = json.loads(usage_schema())
    assert list(Draft202012Validator(schema).iter_errors({"environments": {"prod": {"Support Chat": GOOD}}}))
    assert list(Draft202012Validator(schema).iter_errors({"prod": {}}))
