"""A line is taken for a record exactly when the schema takes it, but for what would break what comes after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lambdas.stream_processor.request_record import NotARecord, request_record
from modelyard_constructs.request_columns import COLUMNS

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "lambdas" / "shared" / "request_record.schema.json").read_text("utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 700),
    st.floats(-2.5, 1e6).filter(lambda number: not number.is_integer()),
    st.sampled_from(["", "stop", "a" * 64, "a" * 257, "support-chat", "0" * 32, "0" * 31]),
    st.just([]),
    st.just({}),
)


def is_taken(line: str) -> bool:
    try:
        request_record(line)
    except NotARecord:
        return False
    return True


def test_the_table_has_a_column_for_each_field_of_the_schema() -> None:
    assert list(COLUMNS) == SCHEMA["required"] == list(SCHEMA["properties"])


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(sorted(SCHEMA["properties"])), VALUES)
def test_any_value_in_any_field_is_judged_as_the_schema_judges_it(field: str, value: object) -> None:
    changed = {**VALID, field: value}
    assert is_taken(json.dumps(changed)) == VALIDATOR.is_valid(changed)


@pytest.mark.parametrize("field", sorted(SCHEMA["properties"]))
def test_a_missing_field_is_poison(field: str) -> None:
    assert not is_taken(json.dumps({name: value for name, value in VALID.items() if name != field}))


def test_an_unknown_field_is_poison() -> None:
    assert not is_taken(json.dumps({**VALID, "prompt": "what somebody asked"}))


@pytest.mark.parametrize(
    "line",
    ["", "null", "[]", "{}", "{", "nan", json.dumps([1]), "{}{}", '"a"', "[" * 100_000],
    ids=lambda line: line[:8] or "nothing",
)
def test_what_is_no_object_is_poison(line: str) -> None:
    assert not is_taken(line)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time", "2026-02-30T00:00:00.000Z"),
        ("time", "2026-11-21T24:00:00.000Z"),
        ("endpoint", "no spaces"),
        ("variant", "-" + "a" * 10),
        ("endpoint", "a" + "-" * 70 + "a"),
        ("latency_ms", float("inf")),
        ("latency_ms", float("nan")),
        ("input_tokens", 2**63),
    ],
)
def test_what_no_calendar_endpoint_or_column_holds_is_poison(field: str, value: object) -> None:
    assert not is_taken(json.dumps({**VALID, field: value}))


def test_a_text_with_half_of_a_character_is_poison_and_a_whole_one_is_not() -> None:
    assert not is_taken(json.dumps({**VALID, "team": "\ud83d"}))
    assert is_taken(json.dumps({**VALID, "team": "\ud83d\ude00 Grüße"}))
    assert is_taken(json.dumps({**VALID, "team": "Grüße"}, ensure_ascii=False))


@pytest.mark.parametrize("again", ['"status":500', '"status" :500', '"status"\t: 200', '"\\u0073tatus":500'])
@pytest.mark.parametrize("team", ["support", 'a":b', 'a" :b'])
def test_a_field_that_is_there_twice_is_poison_since_readers_differ(again: str, team: str) -> None:
    line = json.dumps({**VALID, "team": team}, separators=(",", ":"))
    assert is_taken(line)
    assert not is_taken(f"{line[:-1]},{again}}}")


def test_a_line_longer_than_any_record_is_poison_and_the_longest_record_is_not() -> None:
    line = json.dumps(VALID)
    assert not is_taken(line[:-1] + " " * 40_000 + "}")
    longest = {"model": 256, "request_id": 256, "inference_id": 256, "team": 256, "adapter": 256, "stop_reason": 64}
    assert is_taken(json.dumps({**VALID, **{name: "\u0001" * length for name, length in longest.items()}}))


def test_a_whole_number_with_a_fraction_of_zero_is_poison_though_the_schema_cannot_say_so() -> None:
    assert VALIDATOR.is_valid({**VALID, "input_tokens": 12.0})
    assert not is_taken(json.dumps({**VALID, "input_tokens": 12.0}))


VALID: dict[str, Any] = {
    **dict.fromkeys(SCHEMA["required"]),
    "record": "modelyard.request/1",
    "record_id": "0123456789abcdef" * 2,
    "time": "2026-11-21T07:00:00.123Z",
    "endpoint": "support-chat",
    "variant": "AllTraffic",
    "model": "m",
    "engine": "vllm",
    "status": 200,
    "streamed": False,
    "latency_ms": 12.5,
    "dropped_before": 0,
}
