"""How many bytes the cached keys and values take.

A token keeps one key and one value for each key-value head of each layer: 2 x heads x head dimension x bytes
(https://docs.vllm.ai/en/latest/design/paged_attention.html; grouped and multi-query attention share heads,
https://arxiv.org/abs/2305.13245). Multi-head latent attention keeps one latent and one rotary key for all heads
instead, which every device holds whole (https://arxiv.org/abs/2405.04434, section 2.1). A layer with a sliding window
keeps the window's tokens only (https://arxiv.org/abs/2310.06825).
"""

from __future__ import annotations

from modelyard.capacity.parallelism import kv_heads_per_device
from modelyard.catalog.schema import Architecture

# Tokens of one block of the paged cache; a sequence occupies whole blocks.
# https://docs.vllm.ai/en/latest/configuration/engine_args.html (--block-size)
BLOCK_TOKENS = 16


def layer_token_bytes(shape: Architecture, *, element_bytes: int, degree: int = 1, pads: bool = False) -> int:
    """Bytes that one token takes in one layer, on one of `degree` devices; `pads` as in `capacity.parallelism`."""
    if shape.kv_lora_rank is not None and shape.qk_rope_head_dim is not None:
        return (shape.kv_lora_rank + shape.qk_rope_head_dim) * element_bytes
    return 2 * kv_heads_per_device(shape, degree, pads=pads) * shape.head_dim * element_bytes


def token_bytes(shape: Architecture, *, element_bytes: int, degree: int = 1) -> int:
    """Bytes that one token takes in all layers, while no window has closed behind it."""
    return shape.layers * layer_token_bytes(shape, element_bytes=element_bytes, degree=degree)


def sequence_bytes(
    shape: Architecture,
    *,
    context_tokens: int,
    element_bytes: int,
    degree: int = 1,
    windows: bool = True,
    pads: bool = False,
) -> int:
    """Bytes of one sequence of full length on one device; `windows` is False for an engine that ignores windows."""
    per_token = layer_token_bytes(shape, element_bytes=element_bytes, degree=degree, pads=pads)
    windowed_layers = 0
    window = context_tokens
    if windows and shape.sliding_window is not None:
        windowed_layers = shape.layers if shape.sliding_window_layers is None else shape.sliding_window_layers
        window = min(context_tokens, shape.sliding_window)
    full = (shape.layers - windowed_layers) * _in_blocks(context_tokens) + windowed_layers * _in_blocks(window)
    # The decoder of an encoder-decoder also keeps the encoder's keys and values, at most a context of them.
    crossed = shape.layers * _in_blocks(context_tokens) if shape.encoder_layers else 0
    return (full + crossed) * per_token


def _in_blocks(tokens: int) -> int:
    return -(-tokens // BLOCK_TOKENS) * BLOCK_TOKENS
