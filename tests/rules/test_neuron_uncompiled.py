from __future__ import annotations

import pytest

NEURON = {"engine": "neuron", "instance": "ml.inf2.8xlarge"}
GRAPHS = {
    "sequence_length": 2048,
    "batch_size": 4,
    "tensor_parallel_degree": 2,
    "artefacts": {"s3": "s3://weights/open-model-neuron/"},
}


@pytest.mark.parametrize("kind", ["real-time", "async"])
@pytest.mark.parametrize("instance", ["ml.inf2.8xlarge", "ml.trn1.32xlarge"])
def test_graphs_that_are_compiled_at_each_start_are_warned_of(house, kind, instance):
    [said] = house.entry(kind, serving={**NEURON, "instance": instance}).found("MY068")
    assert "compiles the model at each start of an instance, for tens of minutes" in said
    assert "serving.compiled" in said


def test_compiled_graphs_pass(house):
    assert house.entry("real-time", serving={**NEURON, "compiled": GRAPHS}).found("MY068") == []


def test_other_engines_compile_nothing(house):
    assert house.entry("real-time").entry("serverless", "small").entry("multi-model", "shelf").found("MY068") == []
