"""CUDA 13 containers need the host image with driver 580."""

from typing import Any

import pytest

from localaws.sagemaker import host_driver

DLC = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
CUDA_12 = f"{DLC}/djl-inference:0.36.0-lmi24.0.0-cu129"
CUDA_13 = f"{DLC}/vllm:0.27.1-gpu-py312-cu130-ubuntu22.04-sagemaker"
NEW_HOST = "al2023-ami-sagemaker-inference-gpu-4-1"


@pytest.mark.parametrize(
    ("image", "variant"),
    [
        (CUDA_13, {"InstanceType": "ml.g6e.xlarge", "InferenceAmiVersion": NEW_HOST}),
        (CUDA_12, {"InstanceType": "ml.g5.xlarge"}),
        (f"{DLC}/my-engine:1.2", {"InstanceType": "ml.g5.xlarge"}),
        (CUDA_13, {"InstanceType": "ml.m5.large"}),
        (CUDA_13, {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}),
    ],
)
def test_what_fits_passes(image: str, variant: dict[str, Any]) -> None:
    assert host_driver.mismatch(variant, image) is None


@pytest.mark.parametrize(
    ("variant", "words"),
    [
        ({"InstanceType": "ml.g5.xlarge"}, "the default host image has an older one"),
        (
            {"InstanceType": "ml.g5.xlarge", "InferenceAmiVersion": "al2-ami-sagemaker-inference-gpu-3-1"},
            "InferenceAmiVersion al2-ami-sagemaker-inference-gpu-3-1 has an older one",
        ),
        ({"InstancePools": [{"InstanceType": "ml.g6.xlarge", "Priority": 1}]}, "needs NVIDIA driver 580"),
    ],
)
def test_an_old_driver_is_named(variant: dict[str, Any], words: str) -> None:
    reason = host_driver.mismatch(variant, CUDA_13)
    assert reason is not None
    assert words in reason
    assert NEW_HOST in reason


def test_a_cuda_13_container_on_the_default_host_cannot_start(workbench: Any) -> None:
    image = f"{workbench.aws.account}.dkr.ecr.us-east-1.amazonaws.com/contract:1.0-cu130"
    model = workbench.model(Image=image)
    variant = workbench.variant(model, InstanceType="ml.g5.xlarge")
    endpoint = workbench.endpoint(workbench.config("config", [variant]), expect="Failed")
    reason = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["FailureReason"]
    assert reason.startswith("CannotStartContainerError. Please ensure the model container for variant main starts")
