"""A change of the record stream's size that AWS refuses is told with the way to it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from modelyard.catalog.schema import Environment, Signals
from modelyard.planning.stream_size import _on_the_way, size_sentences
from modelyard.pricing.resources import Resources
from tests.fixtures.priced_months import foundation_of


def told(before: Any, after: Any) -> list[str]:
    return list(size_sentences(*(foundation_with(one) for one in (before, after))))


def foundation_with(stream: Any) -> Resources:
    signals = Signals(stream=stream if stream == "on-demand" else {"shards": stream})
    return foundation_of(Environment(account="111122223333", region="us-east-1", signals=signals))


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        (1, 5, "shards: 2 and then shards: 4"),
        (2, 7, "shards: 4"),
        (9, 1, "shards: 5 and then shards: 3 and then shards: 2"),
    ],
)
def test_more_than_double_and_fewer_than_half_have_a_way(before: int, after: int, way: str) -> None:
    [sentence] = told(before, after)
    assert f"AWS refuses {after} shards instead of {before}" in sentence
    assert sentence.endswith(f"Deploy {way} before it.")


def test_every_stop_is_at_most_double_and_at_least_half_of_the_one_before() -> None:
    for now in range(1, 40):
        for then in range(1, 40):
            for first, second in pairwise([now, *_on_the_way(now, then), then]):
                assert second <= 2 * first <= 4 * second, (now, then)


@pytest.mark.parametrize(("before", "after"), [(1, 1), (1, 2), (4, 2), (3, 2), ("on-demand", "on-demand")])
def test_what_aws_takes_needs_no_word(before: Any, after: Any) -> None:
    assert told(before, after) == []


def test_another_mode_is_told_with_how_often_it_may_change() -> None:
    assert "twice in 24 hours" in told(4, "on-demand")[0]
    assert len(told("on-demand", 1)) == 2
    assert "fewer than half" in told("on-demand", 1)[1]
