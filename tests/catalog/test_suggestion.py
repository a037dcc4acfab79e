from __future__ import annotations

import pytest

from modelyard.catalog.suggestion import closest, did_you_mean, one_of, shown


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("max_concurency", "max_concurrency"),
        ("maxConcurrency", "max_concurrency"),
        ("Vllm", "vllm"),
        ("engin", "engine"),
    ],
)
def test_a_slip_is_recognised(word, meant):
    assert did_you_mean(word, ["max_concurrency", "vllm", "engine"]) == f": did you mean {meant}?"


def test_what_comes_close_to_nothing_gets_no_suggestion():
    assert did_you_mean("banana", ["max_concurrency", "vllm"]) == ""


def test_a_very_long_word_is_answered_at_once():
    assert did_you_mean("x" * 100_000, ["vllm"]) == ""


def test_a_long_list_is_cut_and_says_so():
    assert one_of("abcdef", at_most=3) == "a, b, c and 3 more"
    assert one_of([]) == "none exist yet"


def test_values_are_shown_as_the_file_spells_them():
    assert [shown(value) for value in (True, None, {}, (), 1.5, "a")] == [
        "true",
        "nothing",
        "a table",
        "a list",
        "1.5",
        "a",
    ]
    assert shown("x" * 100) == "x" * 60 + "..."


def test_of_equally_close_words_the_one_that_begins_alike_is_meant() -> None:
    assert closest("us-est-1", ["us-west-1", "us-east-1", "eu-west-1"]) == "us-east-1"
