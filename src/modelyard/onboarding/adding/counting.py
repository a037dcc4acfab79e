"""How many parameters a model has, counted from its shape: exact for the families of `families.py`, but for buffers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelyard.onboarding.adding.shape import Shape

_PATCH, _COLOURS, _WIDENING, _JOINED_PATCHES = 14, 3, 4, 4


def counted_parameters(shape: Shape, *, positions: int, token_types: int = 0) -> int:
    """All parameters; `positions` are those with a learned embedding, where the family has such."""
    arch, family = shape.architecture, shape.family
    layers = arch.layers * _attention(shape) + _feed_forward(shape)
    layers += arch.layers * (_norms(shape, family.norms) + _small_norms(shape))
    total = layers + _embeddings(shape, positions, token_types) + _norms(shape, 1)
    if family.kind == "encoder-decoder":
        # Each layer of the decoder also looks at the encoder; the encoder's own layers come on top.
        total += arch.layers * (_attention(shape) + _norms(shape, 1))
        one = _attention(shape) + _block(shape, shape.width) + _norms(shape, family.norms)
        total += shape.encoder_layers * one + _norms(shape, 1)
    return total + _eyes(shape.eyes)


def _attention(shape: Shape) -> int:
    arch, latent = shape.architecture, shape.latent
    hidden, heads = arch.hidden_size, arch.attention_heads
    if latent:
        own = latent.plain_dim + latent.rotary_dim
        query = hidden * heads * own
        if latent.query_rank:
            query = hidden * latent.query_rank + latent.query_rank + latent.query_rank * heads * own
        cache = hidden * (latent.cache_rank + latent.rotary_dim) + latent.cache_rank
        expanded = latent.cache_rank * heads * (latent.plain_dim + latent.value_dim)
        return query + cache + expanded + heads * latent.value_dim * hidden
    wide, narrow = heads * arch.head_dim, arch.kv_heads * arch.head_dim
    matrices = 2 * hidden * wide + 2 * hidden * narrow
    bias = {"none": 0, "qkv": wide + 2 * narrow, "all": wide + 2 * narrow + hidden}[shape.family.attention_bias]
    return matrices + bias + (heads if shape.family.sinks else 0)


def _block(shape: Shape, width: int) -> int:
    hidden, family = shape.architecture.hidden_size, shape.family
    matrices = (3 if family.gated else 2) * hidden * width
    bias = (2 if family.gated else 1) * width + hidden if family.mlp_bias else 0
    return matrices + bias


def _feed_forward(shape: Shape) -> int:
    """The blocks of all layers of the stack that reads and writes."""
    inside, hidden = shape.experts, shape.architecture.hidden_size
    if inside is None:
        return shape.architecture.layers * _block(shape, shape.width)
    # Every expert is as wide as the others, whatever a dense layer is.
    one = inside.routed * _block(shape, inside.width) + hidden * inside.routed
    one += inside.routed if shape.family.sinks else 0
    if inside.shared_width:
        one += _block(shape, inside.shared_width) + (hidden if inside.shared_gate else 0)
    return inside.sparse_layers * one + inside.dense_layers * _block(shape, shape.width)


def _norms(shape: Shape, count: int) -> int:
    return count * shape.architecture.hidden_size * (2 if shape.family.norm_bias else 1)


def _small_norms(shape: Shape) -> int:
    return 2 * shape.architecture.head_dim if shape.family.qk_norm else 0


def _embeddings(shape: Shape, positions: int, token_types: int) -> int:
    arch, family = shape.architecture, shape.family
    table = arch.vocabulary_size * arch.hidden_size
    tables = 1 if arch.tied_embeddings or not shape.writes or family.kind == "encoder" else 2
    learned = (positions + family.extra_positions) * arch.hidden_size if family.learned_positions else 0
    pooler = arch.hidden_size * (arch.hidden_size + 1) if family.pooler else 0
    head = arch.vocabulary_size if family.head_bias else 0
    return tables * table + learned + token_types * arch.hidden_size + pooler + head


def _eyes(eyes: Mapping[str, Any] | None) -> int:
    """An image encoder: square attention, a plain block, patches; what joins it to the rest is small."""
    if eyes is None:
        return 0

    def number(*names: str) -> int | None:
        found = next((eyes[name] for name in names if isinstance(eyes.get(name), int)), None)
        return found if found and found > 0 else None

    hidden = number("embed_dim", "hidden_size", "width", "dim")
    layers = number("num_hidden_layers", "depth", "layers", "num_layers")
    if not hidden or not layers:
        return 0
    ratio = eyes.get("mlp_ratio")
    width = number("intermediate_size") or int((ratio if isinstance(ratio, int | float) else _WIDENING) * hidden)
    patch = number("patch_size", "spatial_patch_size") or _PATCH
    places = ((number("image_size") or 0) // patch) ** 2
    matrices = 3 if eyes.get("hidden_act") == "silu" else 2
    blocks = layers * (4 * hidden * hidden + matrices * hidden * width)
    return blocks + _COLOURS * patch * patch * hidden + places * hidden + _merger(hidden, number("out_hidden_size"))


def _merger(hidden: int, out: int | None) -> int:
    """What joins four patches to one token, where an image encoder says how wide its output is."""
    joined = _JOINED_PATCHES * hidden
    return joined * joined + joined * out if out else 0
