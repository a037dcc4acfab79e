"""What Python's JSON reader may be given, bounded before it reads."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from containers.llm_cpu.body import read_object, shown
from containers.llm_cpu.errors import RequestRefused
from containers.llm_cpu.limits import MOST_JSON_DEPTH, MOST_JSON_PARTS

DEEP = "the body is nested deeper than 64 lists and objects"
MANY = "the body holds more than 65536 lists, objects, strings and commas"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", DEEP),
        (b'{"a":' * 969 + b"1" + b"}" * 969, DEEP),
        (b"[" * 1_000_000, DEEP),
        (b'{"a":[' + b"[]," * 40_000 + b"1]}", MANY),
        (b'{"a":[' + b"1," * 70_000 + b"1]}", MANY),
        (b'{"a":[' + b'"",' * 40_000 + b"1]}", MANY),
        (b'{"a":' + b"9" * 5_000 + b"}", "a number in it has thousands of digits"),
        (b'{"a":' + b"9" * 500_000 + b"}", "a number in it has thousands of digits"),
        (b'{"a": NaN}', "NaN is no number there"),
        (b'{"a": -Infinity}', "-Infinity is no number there"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
        ('{"a": "\ud800"}'.encode("utf-8", "surrogatepass"), "not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        ('{"a": 1}'.encode("utf-32-le"), "the body is not JSON"),
        (b'{"a": "\\udc00"}', "half of a surrogate pair"),
        (b'{"\\uD800": 1}', "half of a surrogate pair"),
        (b'{"a": "' + b'\\"' * 300_000, "the body is not JSON"),
        (b'"' * 100_001, "the body"),
        (b'{"a": "' + b"\\" * 100_001, "the body is not JSON"),
        (b"", "the body is not JSON"),
        (b"\x00", "the body is not JSON"),
    ],
)
def test_a_hostile_body_is_refused_with_a_short_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        read_object(body)
    assert refused.value.sentence.startswith(sentence) or sentence in refused.value.sentence
    assert refused.value.status == 400
    assert len(refused.value.sentence) < 300 and "\n" not in refused.value.sentence


def test_what_lies_in_strings_is_neither_deep_nor_many() -> None:
    text = "[{,]}" * 20_000 + '\\"' * 10
    assert read_object(json.dumps({"a": text}).encode()).members == {"a": text}


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda below: st.lists(below) | st.dictionaries(st.text(), below)
    )
)
def test_whatever_json_writes_is_read_as_it_was(value: object) -> None:
    assert read_object(json.dumps({"a": value}).encode()).members == {"a": value}


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_refused(body: bytes) -> None:
    try:
        read_object(body)
    except RequestRefused as refused:
        assert refused.sentence


def test_the_deepest_and_fullest_body_that_is_allowed_is_read() -> None:
    levels = MOST_JSON_DEPTH - 1
    read_object(b'{"a":' + b"[" * levels + b"]" * levels + b"}")
    read_object(b'{"a":[' + b",".join([b"1"] * (MOST_JSON_PARTS - 3)) + b"]}")


def test_a_value_is_cut_before_it_is_written() -> None:
    assert shown("x" * 1_000_000) == '"' + "x" * 56 + "..."
    assert len(shown([["y" * 100] * 100_000] * 1000)) == 60
    assert len(shown({str(n): {"a": [1] * 1000} for n in range(100_000)})) == 60
    assert shown([1, "a", None]) == '[1, "a", null]'
