"""How many bytes a model's weights take, in memory and as a checkpoint.

Whatever is quantised, embeddings stay in 16 bits: GPTQ and AWQ quantise the linear layers of the blocks only
(https://arxiv.org/abs/2210.17323, https://arxiv.org/abs/2306.00978). Of a mixture of experts every expert is in memory,
whichever few a token uses (https://arxiv.org/abs/2401.04088).
"""

from __future__ import annotations

from fractions import Fraction

from modelyard.catalog.forms import Dtype
from modelyard.catalog.schema import Model

BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}
_HALF_BYTES = 2
_DEFAULT_INT4_GROUP = 128
# OCP Microscaling Formats v1.0: 32 elements of 4 bits share a scale of 8.
MXFP4_BYTES = Fraction(4 * 32 + 8, 8 * 32)
# Blocks of fp8 carry one float32 for each square of weights (DeepSeek-V3, https://arxiv.org/abs/2412.19437).
_FP8_SCALE_BYTES = 4


def weight_bytes(model: Model, dtype: Dtype | None = None) -> int:
    """Bytes of all weights; `dtype` asks for another format than the model's own."""
    dtype = dtype or model.dtype
    if dtype == model.dtype and model.checkpoint_bytes is not None:
        return model.checkpoint_bytes
    if dtype in BYTES:
        return model.parameters * BYTES[dtype]
    quantised = _quantised_parameters(model, dtype)
    kept = model.parameters - quantised
    return kept * _HALF_BYTES + int(quantised * _bytes_per_weight(model, dtype))


def activation_bytes(dtype: Dtype) -> int:
    """Bytes of one activation: quantised weights are computed with in 16 bits."""
    return BYTES.get(dtype, _HALF_BYTES)


def embedding_parameters(model: Model) -> int:
    """Parameters of the input embedding, and of the output's where it has its own; a sentence encoder has no output."""
    shape = model.architecture
    tables = 1 if shape.tied_embeddings or model.task == "embedding" else 2
    return tables * shape.vocabulary_size * shape.hidden_size


def expert_parameters(model: Model) -> int:
    """Parameters of all experts' three matrices; 0 without experts."""
    shape = model.architecture
    return 3 * shape.hidden_size * (shape.intermediate_size or 0) * (shape.experts or 0) * shape.layers


def _quantised_parameters(model: Model, dtype: Dtype) -> int:
    outside_embeddings = max(0, model.parameters - embedding_parameters(model))
    if dtype != "mxfp4":
        return outside_embeddings
    return min(expert_parameters(model), outside_embeddings)


def _bytes_per_weight(model: Model, dtype: Dtype) -> Fraction:
    group = model.quantisation_group_size
    if dtype == "mxfp4":
        return MXFP4_BYTES
    if dtype == "fp8":
        return 1 + (Fraction(_FP8_SCALE_BYTES, group * group) if group else Fraction(0))
    if dtype == "int8":
        return 1 + Fraction(_HALF_BYTES + 1, group or model.architecture.hidden_size)
    # A scale of 16 bits and a zero point of 4 for each group.
    return Fraction(1, 2) + Fraction(5, 2) / (group or _DEFAULT_INT4_GROUP)
