"""What one accelerator can hold and compute with."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from modelyard.capacity.accelerators import device_memory_gib, memory_is_reported, refusal
from modelyard.capacity.instances import instance, instance_names

TABLE = json.loads(resources.files("modelyard.capacity").joinpath("data", "accelerators.json").read_text("utf-8"))
WITH_DEVICES = [found for name in sorted(instance_names()) if (found := instance(name)) and found.accelerators]


@pytest.mark.parametrize(
    ("name", "gib"),
    [("ml.g4dn.xlarge", 14.56), ("ml.g5.48xlarge", 22.2), ("ml.p4d.24xlarge", 39.49), ("ml.p4de.24xlarge", 79.15)],
)
def test_a_program_sees_less_than_the_data_sheet_says(name, gib):
    assert device_memory_gib(instance(name)) == gib
    assert memory_is_reported(instance(name))


def test_without_a_report_a_share_is_assumed_and_told():
    l4 = instance("ml.g6.xlarge")
    assert device_memory_gib(l4) == pytest.approx(22.35 * 0.985)
    assert not memory_is_reported(l4)


@pytest.mark.parametrize("name", ["ml.inf2.xlarge", "ml.inf2.48xlarge", "ml.trn1.32xlarge"])
def test_two_neuron_cores_share_a_chip_of_32_gib(name):
    assert device_memory_gib(instance(name)) == 16


@pytest.mark.parametrize("found", WITH_DEVICES, ids=lambda found: found.name)
def test_every_accelerator_is_known_and_sees_at_most_what_ec2_states(found):
    if found.processor != "gaudi":
        assert found.accelerator in TABLE["accelerators"]
    seen = device_memory_gib(found)
    assert seen is not None and 0 < seen <= found.accelerator_memory_gib


@pytest.mark.parametrize(
    ("name", "dtype", "cuda", "words"),
    [
        ("ml.g4dn.xlarge", "bfloat16", 13, "T4 has no bfloat16: float16 weights run on it"),
        ("ml.g4dn.xlarge", "float16", 13, None),
        ("ml.g4dn.xlarge", "int4", 13, None),
        ("ml.p3.2xlarge", "float16", 13, "older than the image's CUDA 13 supports"),
        ("ml.p3.2xlarge", "float16", 12, None),
        ("ml.g5.xlarge", "bfloat16", 13, None),
        ("ml.g5.xlarge", "fp8", 13, None),
        ("ml.inf1.xlarge", "float16", None, "not supported by the NeuronX SDK"),
        ("ml.inf2.xlarge", "bfloat16", None, None),
        ("ml.inf2.xlarge", "int4", None, "no kernels on Inferentia2"),
    ],
)
def test_a_format_needs_hardware_that_knows_it(name, dtype, cuda, words):
    refused = refusal(instance(name), dtype, cuda_major=cuda)
    assert refused is None if words is None else words in str(refused)
