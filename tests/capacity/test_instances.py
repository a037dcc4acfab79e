from __future__ import annotations

import pytest

from modelyard.capacity.instances import (
    hosting_regions,
    hosting_types,
    instance,
    instance_names,
    offered_in,
    serverless_concurrency,
)

# EBS-only accelerators; every other accelerator type brings its own disk.
WITHOUT_DISK = {"inf1", "inf2", "p2", "p3"}


def test_hosting_accepts_277_types():
    assert len(instance_names()) == 277


@pytest.mark.parametrize(
    ("name", "devices", "accelerator"),
    [
        ("ml.g5.12xlarge", 4, "A10G"),
        ("ml.g5.16xlarge", 1, "A10G"),
        ("ml.g5.48xlarge", 8, "A10G"),
        ("ml.g6e.2xlarge", 1, "L40S"),
        ("ml.g7e.12xlarge", 2, "RTX PRO Server 6000"),
        ("ml.p4d.24xlarge", 8, "A100"),
        ("ml.p5.4xlarge", 1, "H100"),
        ("ml.inf2.8xlarge", 2, "Inferentia2"),
        ("ml.inf2.48xlarge", 24, "Inferentia2"),
        ("ml.trn1.32xlarge", 32, "Trainium"),
    ],
)
def test_a_type_knows_how_many_devices_a_model_splits_across(name, devices, accelerator):
    found = instance(name)
    assert found is not None
    assert (found.parallel_devices, found.accelerator) == (devices, accelerator)


def test_a_cpu_type_has_no_devices():
    found = instance("ml.c5.2xlarge")
    assert found is not None
    assert (found.processor, found.parallel_devices, found.vcpu, found.memory_gib) == ("cpu", None, 8, 16)


@pytest.mark.parametrize("name", sorted(instance_names()))
def test_every_type_is_whole(name):
    found = instance(name)
    assert found is not None and found.family
    if found.family == "p6e-gb200":
        return  # no source states its sizes
    assert found.vcpu and found.memory_gib
    if found.processor == "cpu":
        assert found.has_local_nvme == ("d" in found.family.lstrip("cmrt0123456789"))
    else:
        assert found.total_accelerator_memory_gib
        assert found.has_local_nvme == (found.family not in WITHOUT_DISK)
    assert (found.architecture == "arm64") == (found.processor == "cpu" and "g" in found.family)
    assert (found.neuron_cores is not None) == (found.processor == "neuron")


def test_an_unknown_type_is_none():
    assert instance("ml.t3.large") is None


def test_a_region_lists_what_it_prices():
    types = hosting_types("us-east-1")
    assert types is not None and len(types) == 222
    assert "ml.p5.4xlarge" not in types
    assert hosting_types("us-eat-1") is None
    assert len(hosting_regions()) == 38


def test_a_type_knows_the_regions_that_offer_it():
    assert len(offered_in("ml.g6e.2xlarge")) == 9
    assert offered_in("ml.p5e.48xlarge") == ()


def test_serverless_inference_has_a_limit_in_21_regions():
    limits = [serverless_concurrency(region) for region in hosting_regions()]
    assert sorted(limit for limit in limits if limit) == [500] * 13 + [1000] * 8
    assert serverless_concurrency("eu-central-2") is None
