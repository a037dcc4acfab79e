from __future__ import annotations

import pytest


def memory(house, value):
    return house.entry("serverless", serving={"memory_mb": value}).found("MY021")


def test_1500_mb_is_refused_with_the_next_step(house):
    assert memory(house, 1500) == ["memory_mb is 1500, allowed are 1024, 2048, 3072, 4096, 5120, 6144: write 2048"]


def test_more_than_6144_mb_needs_another_kind(house):
    [said] = memory(house, 8192)
    assert said.endswith("choose kind real-time with an instance that has the memory")


@pytest.mark.parametrize("value", [1024, 2048, 3072, 4096, 5120, 6144])
def test_every_step_passes(house, value):
    assert memory(house, value) == []
