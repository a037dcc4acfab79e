from __future__ import annotations

import pytest


def limit(house, seconds, **rollout):
    scaling = {"instances": {"min": 4, "max": 4}}
    return house.entry("real-time", scaling=scaling, rollout={"time_limit_seconds": seconds, **rollout}).found("MY061")


@pytest.mark.parametrize(
    ("waits", "rollout"),
    [
        (700, {"strategy": "all-at-once", "keep_old_seconds": 700}),
        (1500, {"strategy": "canary", "step_instances": 1, "wait_seconds": 900, "keep_old_seconds": 600}),
        (1860, {"strategy": "linear", "step_percent": 25, "wait_seconds": 600, "keep_old_seconds": 60}),
        (1860, {"strategy": "linear", "step_instances": 1, "wait_seconds": 600, "keep_old_seconds": 60}),
        (1200, {"strategy": "rolling", "step_percent": 50, "wait_seconds": 600}),
    ],
)
def test_a_limit_has_to_be_more_than_all_waits(house, waits, rollout):
    [said] = limit(house, waits, **rollout)
    assert said == (
        f"time_limit_seconds is {waits}, but the waits of this roll-out take {waits} s: write more than {waits}"
    )
    assert limit(house, waits + 1, **rollout) == []


def test_no_limit_is_awss_own(house):
    rollout = {"strategy": "all-at-once", "keep_old_seconds": 3600}
    assert house.entry("real-time", rollout=rollout).found("MY061") == []
