from __future__ import annotations

import pytest

TWO = {"instances": {"min": 2, "max": 2}}
CANARY = {"strategy": "canary", "step_instances": 1}


def said(house, rollout, **serving):
    return house.entry("real-time", scaling=TWO, rollout=rollout, serving=serving).found("MY062")


@pytest.mark.parametrize(
    ("rollout", "words"),
    [
        ({"strategy": "all-at-once"}, "this all-at-once roll-out waits for nothing"),
        ({**CANARY, "wait_seconds": 0}, "this canary roll-out waits for nothing"),
        ({**CANARY, "turn_back_on_errors": False}, "nothing turns this roll-out back"),
    ],
)
def test_a_roll_out_that_watches_nothing_is_told(house, rollout, words):
    [found] = said(house, rollout)
    assert words in found


def test_inferentia1_ignores_the_policy(house):
    [found] = said(house, CANARY, engine="custom", image="own/engine-neuronx:1", instance="ml.inf1.xlarge")
    assert "AWS ignores rollout on ml.inf1.xlarge" in found


@pytest.mark.parametrize(
    "rollout",
    [
        CANARY,
        {**CANARY, "turn_back_on_errors": False, "alarms": ["answers-are-nonsense"]},
        {**CANARY, "wait_seconds": 0, "keep_old_seconds": 300},
        {"strategy": "all-at-once", "keep_old_seconds": 60},
    ],
)
def test_a_roll_out_with_alarms_and_time_passes(house, rollout):
    assert said(house, rollout) == []
