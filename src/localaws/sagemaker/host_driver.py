"""Whether the host's NVIDIA driver can run a container's CUDA, which no API call checks and every start on AWS does.

API_ProductionVariant, InferenceAmiVersion, lists the driver of each host image; CUDA 13 needs driver 580, which only
al2023-ami-sagemaker-inference-gpu-4-1 has (AWS's deep learning containers name it for their cu13x images and report a
CannotStartContainerError without a log line for any other host, the default one included).
"""

import re
from typing import Any

from localaws.sagemaker.hard_rules.config_request import instance_types
from localaws.sagemaker.images import tag
from localaws.sagemaker.instance_facts import GPU_FAMILIES, family

_CUDA_IN_TAG = re.compile(r"(?:^|-)cu(?P<major>\d\d)\d(?:-|$)")
_HOST_FOR_CUDA_13 = "al2023-ami-sagemaker-inference-gpu-4-1"


def mismatch(variant: dict[str, Any], image: str) -> str | None:
    """Why the image cannot run on the variant's host, None when it can or its tag names no CUDA version."""
    cuda = _CUDA_IN_TAG.search(tag(image) or "")
    on_gpu = any(family(instance_type) in GPU_FAMILIES for instance_type in instance_types(variant))
    if cuda is None or int(cuda["major"]) < 13 or not on_gpu:
        return None
    host = variant.get("InferenceAmiVersion")
    if host == _HOST_FOR_CUDA_13:
        return None
    return (
        f"image {image} has CUDA {cuda['major']}, which needs NVIDIA driver 580; "
        f"{'the default host image' if host is None else f'InferenceAmiVersion {host}'} has an older one, "
        f"{_HOST_FOR_CUDA_13} has it"
    )
