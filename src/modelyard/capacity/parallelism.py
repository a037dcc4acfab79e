"""Tensor parallelism gives each device a share of every layer's heads.

https://arxiv.org/abs/1909.08053; key-value heads are repeated where there are fewer of them than devices
(https://docs.vllm.ai/en/latest/serving/parallelism_scaling.html). Engines on GPUs want the degree to divide the heads.
On Neuron, heads are padded until it does, and where key-value heads can be neither divided nor repeated whole, each
query head gets its own (https://github.com/aws-neuron/neuronx-distributed-inference, modules/attention/gqa.py): that
is why a model of 40 or 64 heads runs on 24 cores. `pads` says that an engine does so.
"""

from __future__ import annotations

from modelyard.catalog.schema import Architecture


def split_refusal(shape: Architecture, degree: int, *, devices: int, pads: bool = False) -> str | None:
    """Why a model cannot be split `degree` ways on an instance; None if it can."""
    if degree > devices:
        return f"tensor_parallel_degree {degree} needs {degree} devices, the instance has {devices}"
    if pads:
        return None
    if shape.attention_heads % degree:
        return f"tensor_parallel_degree {degree} does not divide the {shape.attention_heads} attention heads"
    if shape.kv_lora_rank is None and shape.kv_heads % degree and degree % shape.kv_heads:
        return f"tensor_parallel_degree {degree} and {shape.kv_heads} key-value heads: neither divides the other"
    return None


def widest_degree(shape: Architecture, *, devices: int, pads: bool = False) -> int:
    """The largest sensible degree that an instance with so many devices allows.

    Where heads are padded, a degree that would give every query head its own key-value head is passed over.
    """
    return next(
        degree
        for degree in range(devices, 0, -1)
        if split_refusal(shape, degree, devices=devices, pads=pads) is None
        and not (pads and _becomes_multi_head(shape, degree))
    )


def kv_heads_per_device(shape: Architecture, degree: int, *, pads: bool = False) -> int:
    """Key-value heads whose cache one device holds."""
    if not pads:
        return max(1, shape.kv_heads // degree)
    if shape.kv_heads == shape.attention_heads or _becomes_multi_head(shape, degree):
        return -(-shape.attention_heads // degree)
    return max(1, shape.kv_heads // degree)


def repeated_parameters(shape: Architecture, degree: int, *, pads: bool = False) -> int:
    """Parameters that a split adds over all devices: repeated key-value heads, padded query heads, whole latents."""
    if shape.kv_lora_rank is not None and shape.qk_rope_head_dim is not None:
        return shape.layers * shape.hidden_size * (shape.kv_lora_rank + shape.qk_rope_head_dim) * (degree - 1)
    keys = kv_heads_per_device(shape, degree, pads=pads) * degree - shape.kv_heads
    queries = -(-shape.attention_heads // degree) * degree - shape.attention_heads if pads else 0
    # Keys and values; queries and the projection of the output.
    return 2 * shape.layers * shape.hidden_size * shape.head_dim * (keys + queries)


def _becomes_multi_head(shape: Architecture, degree: int) -> bool:
    grouped = shape.kv_heads != shape.attention_heads
    return grouped and bool(shape.kv_heads % degree) and bool(degree % shape.kv_heads)
