from __future__ import annotations

import pytest

SLO = {"gpu_memory_percent": 95.0}


@pytest.mark.parametrize("engine, instance", [("neuron", "ml.inf2.xlarge"), ("custom", "ml.m5.xlarge")])
def test_memory_of_gpus_that_are_not_there_is_never_measured(house, engine, instance):
    serving = {"engine": engine, "image": "own/engine:1", "instance": instance}
    assert house.entry("real-time", serving=serving, slo=SLO).found("MY065") == [
        f"gpu_memory_percent is set, but {instance} has no GPU: remove the key"
    ]


def test_one_threshold_does_not_fit_one_and_four_gpus(house):
    serving = {"instance": ["ml.g5.2xlarge", "ml.g5.12xlarge"]}
    assert house.entry("real-time", serving=serving, slo=SLO).found("MY065") == [
        "gpu_memory_percent is set for types with different numbers of GPUs (ml.g5.2xlarge 1, ml.g5.12xlarge 4), and "
        "one threshold fits one number: remove the key, or list types with equally many"
    ]


@pytest.mark.parametrize("kind", ["real-time", "async"])
def test_types_with_equally_many_gpus_pass(house, kind):
    assert house.entry(kind, serving={"instance": ["ml.g5.2xlarge", "ml.g5.4xlarge"]}, slo=SLO).found("MY065") == []


def test_an_entry_without_the_objective_passes(house):
    assert house.entry("multi-model").found("MY065") == []
