"""How far the layers of a model look back, where not all of them see the whole context."""

from __future__ import annotations

from dataclasses import dataclass

from modelyard.onboarding.adding.families import Family
from modelyard.onboarding.adding.model_config import ModelConfig

# Llama 4's chunks are as long as a window: a layer that sees its own chunk keeps no more. Three layers of four do.
_CHUNKED_OF = 4


@dataclass(frozen=True, kw_only=True)
class AttentionWindow:
    """Tokens that a layer with a window sees; `layers` None where every layer has it."""

    tokens: int
    layers: int | None


def window(config: ModelConfig, family: Family, *, layers: int, context: int) -> AttentionWindow | None:
    """The window of a model; None where every layer sees everything that it may be asked."""
    tokens = config.number("attention_chunk_size") or config.number("sliding_window", "window_size")
    if tokens is None or tokens >= context or config.flag("use_sliding_window") is False:
        return None
    if config.model_type.startswith("qwen") and not config.flag("use_sliding_window"):
        return None
    count = _windowed(config, family, layers)
    if count == 0:
        return None
    return AttentionWindow(tokens=tokens, layers=None if count == layers else count)


def _windowed(config: ModelConfig, family: Family, layers: int) -> int:
    kinds = config.value("layer_types")
    if isinstance(kinds, list) and kinds:
        return sum(kind in ("sliding_attention", "chunked_attention") for kind in kinds[:layers])
    pattern = config.value("sliding_window_pattern", "_sliding_window_pattern")
    if isinstance(pattern, str) and pattern:
        # EXAONE writes LLLG: three local layers, one global.
        return sum(pattern[layer % len(pattern)] == "L" for layer in range(layers))
    if config.number("attention_chunk_size"):
        every = config.number("no_rope_layer_interval") or _CHUNKED_OF
        return layers - layers // every
    repeated = pattern if isinstance(pattern, int) and pattern > 0 else family.window_pattern
    if repeated is not None:
        return layers - layers // repeated
    if config.flag("use_sliding_window"):
        # Qwen's first layers, up to this one, see everything.
        return max(0, layers - (config.number("max_window_layers") or 0))
    return layers
