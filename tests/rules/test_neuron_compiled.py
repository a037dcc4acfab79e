from __future__ import annotations

import pytest

COMPILED = {
    "sequence_length": 2048,
    "batch_size": 4,
    "tensor_parallel_degree": 2,
    "artefacts": {"s3": "s3://weights/open-model-neuron/"},
}


def said(house, compiled=None, engine="neuron", instance="ml.inf2.8xlarge", **keys):
    serving = {"engine": engine, "instance": instance, "compiled": {**COMPILED, **(compiled or {})}, **keys}
    return house.entry("real-time", serving=serving).found("MY063")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            {"max_context_tokens": 4096},
            "max_context_tokens is 4096, but the graphs were compiled for sequence_length 2048",
        ),
        ({"max_context_tokens": 1024}, "max_context_tokens is 1024, but"),
        ({"max_concurrency": 8}, "max_concurrency is 8, but the graphs were compiled for batch_size 4: write 4"),
        ({"tensor_parallel_degree": 1}, "tensor_parallel_degree is 1, but"),
        ({"environment": {"SM_ON_BATCH_SIZE": "2"}}, "SM_ON_BATCH_SIZE is 2, but"),
    ],
)
def test_another_shape_than_the_compiled_one_is_refused(house, keys, words):
    [found] = said(house, **keys)
    assert found.startswith(words)


def test_more_cores_than_the_instance_has_are_refused(house):
    [found] = said(house, {"tensor_parallel_degree": 8})
    assert found.startswith("the graphs were compiled for 8 cores, ml.inf2.8xlarge has 2")


def test_graphs_for_another_engine_are_refused(house):
    [found] = said(house, engine="vllm", instance="ml.g5.2xlarge")
    assert found.startswith("compiled graphs are for engine neuron")


@pytest.mark.parametrize("keys", [{}, {"max_context_tokens": 2048, "max_concurrency": 4, "tensor_parallel_degree": 2}])
def test_the_same_shape_or_none_passes(house, keys):
    assert said(house, **keys) == []


def test_what_was_compiled_is_what_is_sized(house):
    from modelyard.capacity.workload import entry_workload

    said(house)
    entry = house.catalog().entries["probe"]
    work = entry_workload(entry, entry.models["open-model"])
    assert (work.context_tokens, work.concurrency, work.degree) == (2048, 4, 2)
