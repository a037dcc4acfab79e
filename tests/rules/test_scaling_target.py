from __future__ import annotations


def test_two_targets_are_one_too_many(house):
    house.entry("real-time", scaling={
        "instances": {"max": 2},
        "target_concurrency_per_instance": 4,
        "target_invocations_per_minute_per_instance": 60,
    })  # fmt: skip
    [said] = house.found("MY027")
    assert said.endswith("are both given: keep one of them")


def test_an_endpoint_that_may_scale_needs_a_target(house):
    [said] = house.entry("real-time", scaling={"instances": {"max": 2}}).found("MY027")
    assert said.startswith("scaling runs 1 to 2 instances but has no target: add target_concurrency_per_instance or")


def test_a_multi_model_endpoint_scales_on_invocations(house):
    [said] = house.entry("multi-model", scaling={"instances": {"max": 2}}).found("MY027")
    assert "add target_invocations_per_minute_per_instance, or" in said


def test_a_fixed_count_needs_no_target(house):
    assert house.entry("real-time", scaling={"instances": {"min": 3, "max": 3}}).found("MY027") == []


def test_one_target_passes(house):
    house.entry("real-time", scaling={"instances": {"max": 2}, "target_concurrency_per_instance": 4})
    assert house.found("MY027") == []
