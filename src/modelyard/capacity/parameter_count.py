"""How many parameters a decoder's shapes add up to, to catch a count that leaves most of a model out.

The usual mistake is to write the active parameters of a mixture of experts, 13 instead of 47 billion.
"""

from __future__ import annotations

from modelyard.catalog.schema import Architecture, Model

# A feed-forward block has two matrices, or three where it is gated: two are there in any case.
_SURE_MATRICES = 2
_TOLERANCE = 0.95


def understated(model: Model) -> bool:
    """Whether the stated parameters are fewer than the model's shapes have at the least."""
    least = least_parameters(model.architecture)
    return least is not None and model.parameters < _TOLERANCE * least


def least_parameters(shape: Architecture) -> int | None:
    """Parameters of the matrices that a decoder of these shapes has for sure; None where the shapes do not say."""
    if shape.intermediate_size is None or shape.kv_lora_rank is not None or shape.encoder_layers is not None:
        return None
    attention = 2 * shape.hidden_size * (shape.attention_heads + shape.kv_heads) * shape.head_dim
    block = _SURE_MATRICES * shape.hidden_size * shape.intermediate_size * (shape.experts or 1)
    return shape.layers * (attention + block) + shape.vocabulary_size * shape.hidden_size
