"""What one accelerator can hold and compute with: its memory as a program sees it, and which number formats it knows.

Sources of every figure stand in `data/accelerators.json`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from modelyard.capacity.instances import Instance
from modelyard.catalog.forms import Dtype

# The first generation with the format in hardware, by CUDA compute capability: Ampere has bfloat16, and kernels that
# read 8- and 4-bit floats; Turing reads 4- and 8-bit integers.
# https://docs.vllm.ai/en/latest/features/quantization/
_LEAST_CAPABILITY: dict[Dtype, float] = {
    "bfloat16": 8.0,
    "fp8": 8.0,
    "mxfp4": 8.0,
    "int4": 7.5,
    "int8": 7.5,
}
# CUDA 13 dropped everything before Turing.
# https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/index.html
_LEAST_CAPABILITY_OF_CUDA = {13: 7.5}


def device_memory_gib(instance: Instance) -> float | None:
    """What a program sees as the memory of one device: a GPU, or one core of a Neuron chip; None where nobody knows."""
    stated = instance.accelerator_memory_gib
    if stated is None or not instance.accelerators or not instance.parallel_devices:
        return None
    if instance.processor == "neuron":
        return stated * instance.accelerators / instance.parallel_devices
    row = _accelerator(instance)
    reported: float | None = row.get("visible_gib", {}).get(f"{stated:g}")
    return reported if reported is not None else stated * float(_table()["assumed_visible_share"])


def memory_is_reported(instance: Instance) -> bool:
    """Whether somebody published what a program sees on this device; otherwise a share of EC2's figure is assumed."""
    stated = instance.accelerator_memory_gib
    return stated is not None and f"{stated:g}" in _accelerator(instance).get("visible_gib", {})


def refusal(instance: Instance, dtype: Dtype, *, cuda_major: int | None) -> str | None:
    """Why an instance's accelerator cannot run a model at all, whatever its size; None if it can."""
    row = _accelerator(instance)
    if instance.processor == "neuron":
        if not row.get("neuronx"):
            return f"{instance.accelerator} is not supported by the NeuronX SDK: use inf2, trn1 or trn2"
        if dtype in ("int4", "mxfp4"):
            return f"{dtype} weights have no kernels on {instance.accelerator}: use 16-bit weights"
        return None
    capability = row.get("compute_capability")
    if capability is None:
        return None
    least = _LEAST_CAPABILITY_OF_CUDA.get(cuda_major or 0, 0.0)
    if capability < least:
        return f"{instance.accelerator} is older than the image's CUDA {cuda_major} supports"
    if capability < _LEAST_CAPABILITY.get(dtype, 0.0):
        fix = ": float16 weights run on it (--dtype float16)" if dtype == "bfloat16" else ""
        return f"{instance.accelerator} has no {dtype}{fix}"
    return None


def _accelerator(instance: Instance) -> dict[str, Any]:
    row: dict[str, Any] = _table()["accelerators"].get(instance.accelerator, {})
    return row


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(
        resources.files("modelyard.capacity").joinpath("data", "accelerators.json").read_text("utf-8")
    )
    return table
