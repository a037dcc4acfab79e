"""The usage file: what it may say, and what is said about a mistake in it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from modelyard.catalog.problem import CatalogErrors
from modelyard.pricing.usage import Traffic, read_usage

KNOWN = {"prod": ["support-chat", "faq-answers"]}


def mistakes(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "usage.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogErrors) as refused:
        read_usage(path, KNOWN, others=["staging"])
    return [f"{one.line}:{one.column} {one.message}" for one in refused.value.problems]


def traffic_of(**said):
    return Traffic.model_validate({"seconds_per_request": 2, **said})


def test_fractions_stay_what_the_file_says(tmp_path):
    path = tmp_path / "usage.yaml"
    path.write_text(
        "environments: {prod: {support-chat: {requests_per_month: 10, seconds_per_request: 4.2, request_kib: 0.1}}}"
    )
    found = read_usage(path, KNOWN)["prod"]["support-chat"]
    assert (found.seconds_per_request, found.request_kib) == (Decimal("4.2"), Decimal("0.1"))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("suport-chat: {requests_per_month: 1, seconds_per_request: 1}", "did you mean support-chat?"),
        ("nothing-like-it: {requests_per_month: 1, seconds_per_request: 1}", "remove what is no longer served"),
        ("support-chat: {request_per_month: 1, seconds_per_request: 1}", "did you mean requests_per_month?"),
        ("support-chat: {requests_per_month: 1}", "seconds_per_request is missing"),
        ("support-chat: {requests_per_month: 1, seconds_per_request: 0}", "must be above 0"),
        ("support-chat: {requests_per_month: 1, seconds_per_request: slow}", 'is "slow", must be a number'),
        ("support-chat: {requests_per_month: 1.5, seconds_per_request: 1}", "must be a whole number"),
        ("support-chat: {seconds_per_request: 1}", "write one of them"),
        ("support-chat: {requests_per_hour: [1, 2], seconds_per_request: 1}", "write 24 for the hours of a day"),
    ],
)
def test_a_mistake_is_told_at_its_line_and_column(tmp_path, entry, said):
    found = mistakes(tmp_path, f"environments:\n  prod:\n    {entry}\n")
    assert len(found) == 1 and found[0].startswith("3:") and said in found[0]


def test_an_unknown_environment_is_told_and_one_that_is_not_asked_about_is_not(tmp_path):
    found = mistakes(
        tmp_path, "environments:\n  prd: {}\n  staging: {gone: {requests_per_month: 1, seconds_per_request: 1}}\n"
    )
    assert found == ["2:3 there is no environment prd: did you mean prod?; those that exist: prod, staging"]


def test_a_month_is_730_hours_of_the_cycle_that_was_given():
    assert traffic_of(requests_per_month=1000).requests == 1000
    assert traffic_of(requests_per_hour=(24, *[0] * 23)).requests == 730
    assert traffic_of(requests_per_hour=(1,) * 168).requests == 730
