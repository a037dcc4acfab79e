"""The memory that one pass through the model needs beside weights and cache, at its highest point.

Two points compete: the widest feed-forward block while a batch of prompt tokens is read, and the sampler's copies of
the logits when every sequence gets its next token. The 40 bytes a logit and the shares of the block are those that
match what vLLM's own profiling printed for Llama 3 8B: 1.26 GiB, with one GPU and with two
(https://github.com/vllm-project/vllm/pull/10511).
"""

from __future__ import annotations

from modelyard.catalog.schema import Architecture

_HIDDEN_COPIES = 4
_FEED_FORWARD_COPIES = 3
_SAMPLER_BYTES_PER_LOGIT = 40
# A block without a stated width is four times as wide as the model, as in the first transformer (arXiv:1706.03762).
_USUAL_WIDENING = 4


def decoder_peak_bytes(
    shape: Architecture, *, batched_tokens: int, sequences: int, element_bytes: int, degree: int
) -> int:
    """Bytes on one device at the peak of a pass over `batched_tokens`, or of the sampling of `sequences`."""
    feed_forward = batched_tokens * _per_token(shape, degree) * element_bytes
    sampler = sequences * shape.vocabulary_size * _SAMPLER_BYTES_PER_LOGIT
    return max(feed_forward, sampler)


def encoder_peak_bytes(shape: Architecture, *, context_tokens: int, sequences: int, element_bytes: int) -> int:
    """Bytes at the peak of encoding `sequences` texts of full length: scores of every token for every other besides."""
    tokens = context_tokens * sequences
    scores = tokens * context_tokens * shape.attention_heads
    return (tokens * _per_token(shape, 1) + scores) * element_bytes


def _per_token(shape: Architecture, degree: int) -> int:
    width = shape.intermediate_size or _USUAL_WIDENING * shape.hidden_size
    return _HIDDEN_COPIES * shape.hidden_size + -(-_FEED_FORWARD_COPIES * width // degree)
