"""On which instances of a region a model could run."""

from __future__ import annotations

import pytest

from modelyard.capacity.candidates import candidates, neighbours
from modelyard.capacity.instances import hosting_types, instance
from modelyard.capacity.serverless import container, container_neighbours
from modelyard.capacity.workload import on_instance, workload
from modelyard.catalog.images import ImageError


def free(model, **asked):
    asked = {"engine": "vllm", "context_tokens": 4096, "concurrency": 1, **asked}
    return workload(model, widest=True, any_volume=True, **asked)


def test_gpus_and_neuron_stand_side_by_side_each_with_its_engine(shipped):
    model = shipped("llama-3.1-8b-instruct")
    found = {fit.instance.name: fit for fit in candidates("it", model, free(model), region="us-east-1")}
    assert found["ml.g5.2xlarge"].workload.engine == "vllm"
    assert found["ml.inf2.8xlarge"].workload.engine == "neuron"
    assert found["ml.inf2.8xlarge"].fits and found["ml.g5.2xlarge"].fits
    assert not any(fit.instance.processor == "cpu" for fit in found.values())


def test_only_what_the_region_offers_is_a_candidate(shipped):
    model = shipped("llama-3.1-8b-instruct")
    for region in ("us-east-1", "eu-west-3", "ap-south-1"):
        names = {fit.instance.name for fit in candidates("it", model, free(model), region=region)}
        assert names and names <= hosting_types(region)


def test_an_own_image_runs_on_what_it_was_built_for(shipped):
    model = shipped("smollm2-135m-instruct")
    asked = free(model, engine="custom")
    own = {"region": "us-east-1", "image": "modelyard/llm-cpu:0.1.0"}
    names = {fit.instance.name for fit in candidates("it", model, asked, architecture="x86_64", **own)}
    assert "ml.c5.2xlarge" in names and "ml.c7g.2xlarge" not in names and "ml.g5.2xlarge" not in names
    assert "ml.c7g.2xlarge" in {
        fit.instance.name for fit in candidates("it", model, asked, architecture="arm64", **own)
    }


def test_an_engine_without_an_image_is_refused(shipped):
    asked = free(shipped("llama-2-7b"))
    with pytest.raises(ImageError, match="publishes no image for cpu"):
        on_instance(asked, instance("ml.c5.2xlarge"), region="us-east-1", image=None)


def test_the_neighbours_are_the_next_sizes_of_the_same_kind(shipped):
    model = shipped("llama-3.1-8b-instruct")
    here = instance("ml.g6e.2xlarge")
    around = neighbours("it", model, free(model), here, region="us-east-1")
    assert around.smaller is not None and around.larger is not None
    memory = [found.total_accelerator_memory_gib for found in (around.smaller.instance, here, around.larger.instance)]
    assert memory == sorted(set(memory))
    others = [instance(name) for name in hosting_types("us-east-1")]
    between = [
        found.name
        for found in others
        if found and found.processor == "gpu" and memory[0] < (found.total_accelerator_memory_gib or 0) < memory[1]
    ]
    assert between == []


def test_nothing_is_larger_than_the_largest(shipped):
    model = shipped("llama-3.1-8b-instruct")
    largest = instance("ml.p6-b300.48xlarge")
    assert neighbours("it", model, free(model), largest, region="us-east-1").larger is None


def test_serverless_memory_comes_in_steps(shipped):
    model = shipped("smollm2-135m-instruct")
    asked = workload(model, engine="custom", serverless=True, packed=True, context_tokens=512)
    around = container_neighbours("it", model, asked, 1024)
    assert around.smaller is None and around.larger is not None
    assert around.larger.device_bytes == 2 * 2**30
    assert container_neighbours("it", model, asked, 6144).larger is None
    assert container(3072).memory_gib == 3
