from __future__ import annotations


def burstable(house, most):
    serving = {"engine": "custom", "image": "own/engine:1", "instance": "ml.t2.xlarge"}
    scaling = {"instances": {"max": most}, "target_concurrency_per_instance": 1}
    return house.entry("real-time", serving=serving, scaling=scaling).found("MY028")


def test_a_burstable_instance_cannot_scale(house):
    [said] = burstable(house, 2)
    assert said.startswith("instance ml.t2.xlarge cannot scale from 1 to 2")


def test_a_fixed_number_of_burstable_instances_passes(house):
    assert burstable(house, 1) == []
