"""Splitting one model across devices: tensor parallelism gives each device a share of every layer's heads.

https://arxiv.org/abs/1909.08053; key-value heads are repeated where there are fewer of them than devices
(https://docs.vllm.ai/en/latest/serving/parallelism_scaling.html).
"""

from __future__ import annotations

from catalog.schema import Architecture


def split_refusal(shape: Architecture, degree: int, *, devices: int) -> str | None:
    """Why a model cannot be split `degree` ways on an instance; None if it can."""
    if degree > devices:
        return f"tensor_parallel_degree {degree} needs {degree} devices, the instance has {devices}"
    if shape.attention_heads % degree:
        return f"tensor_parallel_degree {degree} does not divide the {shape.attention_heads} attention heads"
    if shape.kv_lora_rank is None and shape.kv_heads % degree and degree % shape.kv_heads:
        return f"tensor_parallel_degree {degree} and {shape.kv_heads} key-value heads: neither divides the other"
    return None


def widest_degree(shape: Architecture, *, devices: int) -> int:
    """The largest degree that an instance with so many devices allows."""
    return next(degree for degree in range(devices, 0, -1) if split_refusal(shape, degree, devices=devices) is None)


def kv_heads_per_device(shape: Architecture, degree: int) -> int:
    """Key-value heads whose cache one device holds."""
    return max(1, shape.kv_heads // degree)
