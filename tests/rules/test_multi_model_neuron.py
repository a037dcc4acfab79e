from __future__ import annotations


def test_several_models_on_a_neuron_chip_warn(house):
    [said] = house.entry("multi-model", serving={"instance": "ml.inf2.xlarge"}).found("MY031")
    assert said.startswith("AWS lists no multi-model endpoints on ml.inf2.xlarge")


def test_several_models_on_a_cpu_pass(house):
    assert house.entry("multi-model").found("MY031") == []
