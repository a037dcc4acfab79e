"""What an instance's disk and host memory must take in."""

from __future__ import annotations

import pytest

from modelyard.capacity.instances import instance
from modelyard.capacity.serverless import container
from modelyard.capacity.storage_fit import storage_findings, volume_gib
from modelyard.capacity.workload import workload


def findings(model, type_, **asked):
    asked = {"engine": "vllm", "context_tokens": 512, "concurrency": 1, **asked}
    return storage_findings(model, workload(model, **asked), type_)


def test_weights_and_image_must_fit_the_instances_own_disk(shipped):
    assert findings(shipped("llama-2-70b"), instance("ml.g5.xlarge"))[0] == []
    problems, _ = findings(shipped("llama-2-70b"), instance("ml.g4dn.xlarge"))
    assert problems == ["image and weights take 163 GB, its disk has 125"]
    problems, _ = findings(shipped("deepseek-v3"), instance("ml.g5.2xlarge"))
    assert problems == ["image and weights take 698 GB, its disk has 450"]


@pytest.mark.parametrize(("volume", "refused"), [(None, True), (30, True), (33, True), (34, False)])
def test_a_volume_holds_image_and_weights(shipped, volume, refused):
    problems, _ = findings(shipped("llama-3.1-8b-instruct"), instance("ml.inf2.8xlarge"), volume_gib=volume)
    assert bool(problems) is refused
    if refused:
        assert problems[0].endswith("write volume_gib: 34")


def test_the_volume_that_is_proposed_is_accepted(shipped):
    model, type_ = shipped("llama-3.1-8b-instruct"), instance("ml.inf2.8xlarge")
    proposed = volume_gib(model, workload(model, engine="neuron"), type_)
    assert findings(model, type_, volume_gib=proposed)[0] == []
    assert findings(model, type_, volume_gib=proposed - 1)[0] != []


def test_no_volume_is_larger_than_512_gib(shipped):
    problems, _ = findings(shipped("deepseek-v3"), instance("ml.inf2.48xlarge"), any_volume=True)
    assert "a volume has at most 512" in problems[0]


def test_neuron_reads_the_whole_checkpoint_on_the_host(shipped):
    model = shipped("llama-3.1-8b-instruct")
    problems, _ = findings(model, instance("ml.inf2.xlarge"), volume_gib=100)
    assert problems == ["loading takes 17 GiB of host memory, it has 16"]
    assert findings(model, instance("ml.inf2.8xlarge"), volume_gib=100)[0] == []


def test_a_gpu_with_a_small_host_loads_more_slowly(shipped):
    problems, warnings = findings(shipped("llama-3.1-8b-instruct"), instance("ml.g5.xlarge"))
    assert problems == []
    assert "more slowly" in warnings[0]


def test_a_serverless_container_has_5_gb_of_disk_for_archive_and_weights(make_model):
    small, large = make_model(parameters=1_000_000_000), make_model(parameters=1_300_000_000)
    asked = {"serverless": True, "packed": True, "engine": "custom"}
    assert findings(small, container(6144), **asked)[0] == []
    assert "a serverless container has 5" in findings(large, container(6144), **asked)[0][0]
