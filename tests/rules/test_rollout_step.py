from __future__ import annotations

import pytest


def step(house, strategy, instances=4, kind="real-time", **size):
    scaling = {"instances": {"min": instances, "max": max(instances, 1)}}
    return house.entry(kind, scaling=scaling, rollout={"strategy": strategy, **size}).found("MY060")


@pytest.mark.parametrize("kind", ["real-time", "async", "multi-model"])
@pytest.mark.parametrize("strategy", ["canary", "linear", "rolling"])
def test_one_instance_has_no_parts(house, kind, strategy):
    [said] = step(house, strategy, 1, kind, step_percent=50)
    assert said.startswith(f"strategy {strategy} takes a part of the instances, but scaling.instances.min is 1")


@pytest.mark.parametrize(
    ("strategy", "size", "words"),
    [
        (
            "canary",
            {"step_instances": 3},
            "a canary step is 3 of 4 instances, 75 percent: AWS allows at most 50 percent",
        ),
        ("linear", {"step_percent": 5}, "a linear step is 5 percent: AWS allows 10 to 50 percent"),
        ("rolling", {"step_percent": 4}, "a rolling step is 4 percent: AWS allows 5 to 50 percent"),
        ("rolling", {"step_instances": 4}, "a rolling step is 4 of 4 instances, 100 percent"),
    ],
)
def test_a_step_outside_awss_range_is_refused(house, strategy, size, words):
    [said] = step(house, strategy, **size)
    assert said.startswith(words)


@pytest.mark.parametrize(
    ("strategy", "size"),
    [
        ("canary", {"step_percent": 1}),
        ("canary", {"step_instances": 2}),
        ("linear", {"step_percent": 10}),
        ("rolling", {"step_instances": 1}),
        ("all-at-once", {"keep_old_seconds": 60}),
    ],
)
def test_a_step_within_it_passes(house, strategy, size):
    assert step(house, strategy, **size) == []


def test_an_asynchronous_endpoint_that_releases_its_last_instance_starts_with_one(house):
    assert "min is 0" in step(house, "canary", 0, "async", step_percent=50)[0]


def test_no_roll_out_is_awss_own(house):
    assert house.entry("real-time").found("MY060") == []
