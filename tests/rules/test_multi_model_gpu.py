from __future__ import annotations

TRITON = "763104351884.dkr.ecr.us-east-1.amazonaws.com/sagemaker-tritonserver:26.05-py3"


def on(house, instance, image):
    return house.entry("multi-model", serving={"instance": instance, "image": image}).found("MY030")


def test_several_models_share_a_gpu_only_in_triton(house):
    [said] = on(house, "ml.g5.2xlarge", "own/engine:1-cu130")
    assert said.startswith("several models share the GPU of ml.g5.2xlarge only in NVIDIA Triton")


def test_an_instance_that_aws_does_not_list_is_refused(house):
    [said] = on(house, "ml.g6e.2xlarge", TRITON)
    assert said.startswith("instance ml.g6e.2xlarge cannot hold several models")


def test_an_instance_with_four_gpus_is_refused(house):
    assert len(on(house, "ml.g5.12xlarge", TRITON)) == 1


def test_triton_on_a_listed_type_passes(house):
    assert on(house, "ml.g4dn.16xlarge", TRITON) == []


def test_a_copy_in_the_companys_own_registry_is_triton_too(house):
    assert on(house, "ml.g5.xlarge", "mirrors/sagemaker-tritonserver:26.05-py3-cu130") == []


def test_an_image_whose_name_only_holds_the_word_is_not(house):
    assert len(on(house, "ml.g5.xlarge", "own/not-sagemaker-tritonserver:1-cu130")) == 1


def test_cpus_pass_with_any_image(house):
    assert on(house, "ml.c5.2xlarge", "own/engine:1") == []
