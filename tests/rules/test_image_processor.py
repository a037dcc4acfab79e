from __future__ import annotations


def test_an_image_for_gpus_does_not_run_on_cpus(house):
    house.entry("real-time", serving={"engine": "custom", "image": "own/engine:1-cu130", "instance": "ml.m5.xlarge"})
    [said] = house.found("MY018")
    assert said.startswith("the image own/engine:1-cu130 is for gpu, but ml.m5.xlarge is a cpu instance")


def test_an_image_for_neuron_does_not_run_on_gpus(house):
    house.entry("real-time", serving={"engine": "custom", "image": "own/vllm-neuronx:1"})
    assert len(house.found("MY018")) == 1


def test_engine_neuron_does_not_run_on_the_first_inferentia(house):
    house.entry("real-time", serving={"engine": "neuron", "instance": "ml.inf1.xlarge"})
    assert house.found("MY018") == [
        "engine neuron runs on ml.inf2 and ml.trn, not on ml.inf1.xlarge: choose such an instance"
    ]


def test_an_image_whose_name_tells_nothing_passes(house):
    house.entry("real-time", serving={"engine": "custom", "image": "own/engine:1"})
    assert house.found("MY018") == []


def test_the_vendors_image_passes_on_its_own_instances(house):
    house.entry("real-time", serving={"engine": "neuron", "instance": "ml.trn1.2xlarge"})
    assert house.found("MY018") == []
