from __future__ import annotations


def custom(house, image, instance):
    return house.entry("real-time", serving={"engine": "custom", "image": image, "instance": instance}).found("MY020")


def test_an_image_that_hides_its_cuda_version_warns_on_a_gpu(house):
    [said] = custom(house, "own/engine:1", "ml.g5.2xlarge")
    assert "the tag of own/engine:1 does not tell its CUDA version" in said


def test_cuda_12_does_not_drive_blackwell(house):
    [said] = custom(house, "own/engine:1-cu128", "ml.g7e.2xlarge")
    assert "ml.g7e.2xlarge has Blackwell GPUs, whose driver needs CUDA 13" in said


def test_cuda_13_drives_blackwell(house):
    assert custom(house, "own/engine:1-cu130", "ml.g7e.2xlarge") == []


def test_cuda_12_drives_older_gpus(house):
    assert custom(house, "own/engine:1-cu124", "ml.g5.2xlarge") == []


def test_cpus_need_no_driver(house):
    assert custom(house, "own/engine:1", "ml.m5.xlarge") == []
