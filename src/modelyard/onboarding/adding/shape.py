"""The shape of a model from its config.json: what the catalog's `architecture` holds, and what counting needs besides.

Every family spells its numbers in its own way; the spellings are those of the configuration classes of
https://github.com/huggingface/transformers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from modelyard.catalog.problem import one_line
from modelyard.catalog.schema import Architecture
from modelyard.onboarding.adding.attention_window import AttentionWindow, window
from modelyard.onboarding.adding.experts import Experts, experts
from modelyard.onboarding.adding.families import NO_TEXT_MODELS, NOT_SIZED, Family, family_of
from modelyard.onboarding.adding.model_config import ModelConfig
from modelyard.shell.failure import Failure

# A decoder's own number comes first: T5 and BART mean the encoder with the plain one.
_OWN_LAYERS = ("num_decoder_layers", "decoder_layers")
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
HIDDEN = ("hidden_size", "n_embd", "d_model", "dim", "n_embed")
HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "decoder_attention_heads")
_KV_HEADS = ("num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num", "kv_n_heads")
_HEAD_DIM = ("head_dim", "kv_channels", "d_kv", "attention_head_dim")
_WIDTH = ("intermediate_size", "ffn_dim", "d_ff", "n_inner", "ffn_hidden_size", "hidden_dim", "decoder_ffn_dim")
_VOCABULARY = ("vocab_size", "padded_vocab_size")
_CONTEXT = (
    "max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "max_sequence_length", "max_seq_length",
    "seq_length", "model_max_length",
)  # fmt: skip
_USUAL_WIDENING = 4
# RoBERTa's positions start behind its padding index.
_POSITIONS_BEFORE_TEXT = {"roberta": 2, "xlm-roberta": 2, "camembert": 2, "mpnet": 2}
# Families that rotate positions or bias distances without saying how far they were trained.
# https://docs.vllm.ai/en/latest/models/supported_models.html; the papers say 2048 for Falcon and 512 for T5.
_TRAINED_TOKENS = {"falcon": 2048, "refinedweb": 2048, "refinedwebmodel": 2048, "t5": 512, "mt5": 512, "umt5": 512}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A model's shape. `width` is a dense feed-forward block's; `notes` say what was assumed."""

    family: Family
    known_family: bool
    architecture: Architecture
    width: int
    experts: Experts | None
    latent: LatentAttention | None
    eyes: Mapping[str, Any] | None
    encoder_layers: int
    writes: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LatentAttention:
    """Multi-head latent attention: ranks of the compressed query and cache, and the parts of a head."""

    query_rank: int | None
    cache_rank: int
    rotary_dim: int
    plain_dim: int
    value_dim: int


def read_shape(config: ModelConfig, *, context: int | None = None) -> Shape:
    """The shape that a configuration states; `context` stands in where it does not say how far a context may go.

    Raises:
        Failure: when a number is missing that nothing else tells, or the model is none that is sized.
    """
    _refuse_other_models(config)
    found = family_of(config.model_type)
    family = _as_written(config, found or _like_llama(config))
    notes = [] if found else [f"{config.model_type} is no family that modelyard knows: counted like Llama"]
    hidden, heads = config.needed(*HIDDEN), config.needed(*HEADS)
    notes += _counted_too_high(config, hidden)
    latent = _latent(config)
    head_dim = _head_dim(config, latent, hidden=hidden, heads=heads)
    layers, width = config.number(*_OWN_LAYERS) or config.needed(*LAYERS), _width(config, hidden)
    inside = experts(config, layers=layers)
    most = _context(config, context)
    looks_back = window(config, family, layers=layers, context=most)
    encoder = _encoder_layers(config, family, layers)
    architecture = Architecture(
        layers=layers,
        hidden_size=hidden,
        attention_heads=heads,
        kv_heads=_kv_heads(config, heads),
        head_dim=head_dim,
        vocabulary_size=config.needed(*_VOCABULARY),
        max_context_tokens=most,
        intermediate_size=_stated_width(inside, width, notes),
        experts=inside.in_a_layer if inside else None,
        tied_embeddings=_tied(config, family),
        **_window_keys(looks_back),
        kv_lora_rank=latent.cache_rank if latent else None,
        qk_rope_head_dim=latent.rotary_dim if latent else None,
        encoder_layers=encoder or None,
    )
    eyes = next((config.whole[key] for key in ("vision_config", "visual") if _is_table(config.whole.get(key))), None)
    if eyes is not None:
        notes.append("it also sees: its image encoder is counted from its shapes, and takes images' tokens besides")
    return Shape(
        family=family,
        known_family=found is not None,
        architecture=architecture,
        width=width,
        experts=inside,
        latent=latent,
        eyes=eyes,
        encoder_layers=encoder,
        writes=config.writes,
        notes=tuple(notes),
    )


def _counted_too_high(config: ModelConfig, hidden: int) -> Iterator[str]:
    embedding = config.number("embedding_size")
    if embedding and embedding != hidden:
        yield f"its embeddings are {embedding} wide and its layers {hidden}: counted as if both were {hidden}, too many"
    if config.number("num_hidden_groups"):
        yield "its layers share their parameters: counted as if each had its own, too many"


def _refuse_other_models(config: ModelConfig) -> None:
    if config.model_type.lower() in NO_TEXT_MODELS:
        raise Failure(f"{config.origin} describes {config.model_type}; modelyard sizes transformers that read text")
    for key, what in NOT_SIZED.items():
        if config.text.get(key):
            raise _hybrid(config, what)
    kinds = config.value("layer_types")
    if isinstance(kinds, list):
        other = sorted({str(kind) for kind in kinds} - {"full_attention", "sliding_attention", "chunked_attention"})
        if other:
            raise _hybrid(config, f"a model with layers of {one_line(', '.join(other))[:60]}")


def _hybrid(config: ModelConfig, what: str) -> Failure:
    return Failure(
        f"{config.origin} ({config.model_type}) describes {what}, whose memory modelyard has no formula for: it sizes "
        "transformers with full, sliding-window or latent attention"
    )


def _like_llama(config: ModelConfig) -> Family:
    """An unknown family by the little that every file says of its kind."""
    if config.flag("is_encoder_decoder"):
        return Family(kind="encoder-decoder", gated=False)
    masked = any("MaskedLM" in name or name.endswith("ForSequenceClassification") for name in config.architectures)
    return Family(kind="encoder" if masked and not config.flag("is_decoder") else "decoder")


def _as_written(config: ModelConfig, family: Family) -> Family:
    """What a file itself says of its blocks wins over what its family usually has."""
    projection = config.value("feed_forward_proj")
    if isinstance(projection, str):
        # T5's first version has plain blocks, all later ones gated.
        family = replace(family, gated=projection.startswith("gated"))
    if config.flag("attention_bias") and family.attention_bias == "none":
        family = replace(family, attention_bias="all")
    if config.flag("mlp_bias"):
        family = replace(family, mlp_bias=True)
    return family


def _latent(config: ModelConfig) -> LatentAttention | None:
    rank = config.number("kv_lora_rank")
    if rank is None:
        return None
    plain = config.needed("qk_nope_head_dim")
    return LatentAttention(
        query_rank=config.number("q_lora_rank"),
        cache_rank=rank,
        rotary_dim=config.needed("qk_rope_head_dim"),
        plain_dim=plain,
        value_dim=config.number("v_head_dim") or plain,
    )


def _head_dim(config: ModelConfig, latent: LatentAttention | None, *, hidden: int, heads: int) -> int:
    if latent:
        return latent.plain_dim + latent.rotary_dim
    stated = config.number(*_HEAD_DIM)
    if stated is not None:
        return stated
    if hidden % heads:
        raise Failure(
            f"{config.origin} says hidden_size {hidden} and num_attention_heads {heads}, which does not divide it, and "
            "no head_dim: is the file whole?"
        )
    return hidden // heads


def _kv_heads(config: ModelConfig, heads: int) -> int:
    nested = config.table("attn_config")
    if nested and isinstance(nested.get("kv_n_heads"), int):
        return int(nested["kv_n_heads"])
    if config.model_type.lower().startswith(("falcon", "refinedweb")):
        # Falcon's old form states the heads of its new one too, and means one.
        if config.flag("multi_query") and not config.flag("new_decoder_architecture"):
            return 1
        return config.number(*_KV_HEADS) or heads
    if config.flag("multi_query") and config.number(*_KV_HEADS) is None:
        return 1
    return config.number(*_KV_HEADS) or heads


def _width(config: ModelConfig, hidden: int) -> int:
    nested = config.table("ffn_config")
    if nested and isinstance(nested.get("ffn_hidden_size"), int):
        return int(nested["ffn_hidden_size"])
    ratio = config.number("expansion_ratio")
    return config.number("intermediate_size_mlp", *_WIDTH) or (ratio or _USUAL_WIDENING) * hidden


def _stated_width(inside: Experts | None, width: int, notes: list[str]) -> int | None:
    """The catalog's `intermediate_size`: one expert's, where nearly every layer is made of experts."""
    if inside is None:
        return width
    if inside.dense_layers > inside.sparse_layers // 5:
        notes.append(f"only {inside.sparse_layers} layers have experts, so no one width is stated")
        return None
    return inside.width


def _context(config: ModelConfig, given: int | None) -> int:
    name = config.model_type.lower()
    found = config.number(*_CONTEXT)
    if found is not None:
        return found - _POSITIONS_BEFORE_TEXT.get(name, 0)
    stated = _TRAINED_TOKENS.get(name) or given
    if stated is None:
        raise Failure(
            f"{config.origin} ({config.model_type}) does not say how long a context may be: say it with --max-context"
        )
    return stated


def _encoder_layers(config: ModelConfig, family: Family, layers: int) -> int:
    if family.kind != "encoder-decoder" and not config.flag("is_encoder_decoder"):
        return 0
    return config.number("encoder_layers") or (
        layers if config.number("num_decoder_layers") is None else config.needed("num_layers")
    )


def _tied(config: ModelConfig, family: Family) -> bool:
    stated = config.flag("tie_word_embeddings")
    return family.tied if stated is None else stated


def _window_keys(looks_back: AttentionWindow | None) -> dict[str, int | None]:
    if looks_back is None:
        return {}
    return {"sliding_window": looks_back.tokens, "sliding_window_layers": looks_back.layers}


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and bool(value)
