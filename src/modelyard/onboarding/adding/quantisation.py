"""In which format a checkpoint holds its weights, from the `quantization_config` of its config.json.

The forms: https://huggingface.co/docs/transformers/main_classes/quantization
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelyard.catalog.forms import Dtype
from modelyard.onboarding.adding.model_config import ModelConfig
from modelyard.shell.failure import Failure

_PLAIN: dict[str, Dtype] = {
    "float32": "float32",
    "fp32": "float32",
    "float": "float32",
    "float16": "float16",
    "fp16": "float16",
    "half": "float16",
    "bfloat16": "bfloat16",
    "bf16": "bfloat16",
}
_BY_BITS: dict[int, Dtype] = {4: "int4", 8: "int8"}
_BITSANDBYTES_BLOCK = 64


@dataclass(frozen=True, kw_only=True)
class Format:
    """The format of the weights; `note` says where it comes from."""

    dtype: Dtype
    group_size: int | None
    note: str


def weight_format(config: ModelConfig) -> Format:
    """The format that a configuration states.

    Raises:
        Failure: when it states one that cannot be sized.
    """
    quantised = config.table("quantization_config") or config.table("compression_config")
    if quantised:
        return _quantised(config, quantised)
    stated = config.value("torch_dtype", "dtype")
    if stated is None:
        # https://huggingface.co/docs/transformers/main_classes/configuration (torch_dtype)
        return Format(dtype="float32", group_size=None, note="config.json names no dtype, which means float32")
    plain = _PLAIN.get(str(stated).removeprefix("torch.").lower())
    if plain is None:
        raise Failure(f"{config.origin} says torch_dtype is {str(stated)[:40]}, known are {', '.join(_PLAIN)}")
    return Format(dtype=plain, group_size=None, note="as config.json says")


def _quantised(config: ModelConfig, table: Mapping[str, Any]) -> Format:
    method = str(table.get("quant_method") or table.get("quantization_method") or "").lower().replace("-", "_")
    if method == "mxfp4":
        return Format(dtype="mxfp4", group_size=None, note="quant_method mxfp4")
    if method in ("fp8", "fbgemm_fp8"):
        block = table.get("weight_block_size")
        size = block[0] if isinstance(block, list) and block and isinstance(block[0], int) else None
        return Format(dtype="fp8", group_size=size, note=f"quant_method {method}")
    if method == "modelopt":
        return _modelopt(config, table)
    if method in ("compressed_tensors", "sparseml"):
        return _compressed(config, table)
    if method in ("bitsandbytes", "bnb") or table.get("load_in_4bit") or table.get("load_in_8bit"):
        if table.get("load_in_4bit"):
            return Format(dtype="int4", group_size=_BITSANDBYTES_BLOCK, note="bitsandbytes, 4 bits in blocks of 64")
        return Format(dtype="int8", group_size=None, note="bitsandbytes, 8 bits")
    bits = table.get("bits") or table.get("w_bit") or table.get("nbits")
    group = table.get("group_size") or table.get("q_group_size")
    if method in ("gptq", "awq", "auto_round", "intel/auto_round", "gptq_marlin", "hqq", "quanto", ""):
        return _integers(config, method or "a quantisation without a name", bits, group)
    raise _not_sized(config, f"quant_method {method}")


def _modelopt(config: ModelConfig, table: Mapping[str, Any]) -> Format:
    inner = table.get("quantization")
    algorithm = str(table.get("quant_algo") or (inner.get("quant_algo") if isinstance(inner, dict) else "")).upper()
    if algorithm == "FP8":
        return Format(dtype="fp8", group_size=None, note="modelopt FP8")
    raise _not_sized(config, f"modelopt {algorithm or 'without an algorithm'}")


def _compressed(config: ModelConfig, table: Mapping[str, Any]) -> Format:
    groups = table.get("config_groups")
    found = next(iter(groups.values()), None) if isinstance(groups, dict) else None
    weights = found.get("weights") if isinstance(found, dict) else None
    if not isinstance(weights, dict):
        raise _not_sized(config, "compressed-tensors without config_groups")
    bits, kind = weights.get("num_bits"), str(weights.get("type"))
    if kind == "float" and bits == 8:
        return Format(dtype="fp8", group_size=None, note="compressed-tensors, 8-bit floats")
    if kind == "int":
        return _integers(config, "compressed-tensors", bits, weights.get("group_size"))
    raise _not_sized(config, f"compressed-tensors with {bits}-bit {kind}")


def _integers(config: ModelConfig, method: str, bits: object, group: object) -> Format:
    dtype = _BY_BITS.get(bits) if isinstance(bits, int) else None
    if dtype is None:
        raise _not_sized(config, f"{method} with {bits if bits is not None else 'no'} bits")
    # -1 is one scale for a whole row.
    size = group if isinstance(group, int) and group > 0 else None
    if dtype == "int4" and isinstance(group, int) and group <= 0:
        size = config.number("hidden_size", "n_embd", "d_model")
    return Format(dtype=dtype, group_size=size, note=f"{method}, {bits} bits")


def _not_sized(config: ModelConfig, what: str) -> Failure:
    return Failure(
        f"{config.origin} holds weights as {what}, and modelyard sizes 16- and 32-bit floats, fp8, int8, int4 and "
        "mxfp4: take another checkpoint of the model"
    )
