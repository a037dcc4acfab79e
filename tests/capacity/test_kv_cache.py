"""Bytes of cached keys and values: known answers for each kind of attention, and how they grow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.capacity.kv_cache import sequence_bytes, token_bytes

KIB = 1 << 10


@pytest.mark.parametrize(
    ("name", "kib"),
    [
        ("llama-2-7b", 512),  # multi-head attention: 2 x 32 layers x 32 heads x 128 x 2 bytes
        ("llama-2-13b", 800),  # the 800 KB of https://arxiv.org/abs/2309.06180, section 3, for a 13 B model
        ("llama-2-70b", 320),  # grouped: 8 heads of 64
        ("llama-3.1-8b-instruct", 128),  # 15.62 GB for 128k tokens: https://huggingface.co/blog/llama31
        ("mixtral-8x7b-instruct-v0.1", 128),  # experts share the cache
        ("falcon-7b-instruct", 8),  # multi-query: one head
        ("deepseek-v3", 68.625),  # latent: 61 layers x (512 + 64) x 2 bytes, 70 KB in https://arxiv.org/abs/2505.09343
    ],
)
def test_one_token_takes_what_its_attention_keeps(shipped, name, kib):
    assert token_bytes(shipped(name).architecture, element_bytes=2) == kib * KIB


@pytest.mark.parametrize(("tokens", "gb"), [(1_000, 0.125), (16_000, 1.95), (128_000, 15.62)])
def test_llama_3_1_8b_takes_what_its_publishers_say(shipped, tokens, gb):
    shape = shipped("llama-3.1-8b-instruct").architecture
    published = gb * 2**30
    assert sequence_bytes(shape, context_tokens=tokens, element_bytes=2) == pytest.approx(published, rel=0.025)


def test_a_window_caps_what_its_layers_keep(make_model):
    every = make_model(sliding_window=1024).architecture
    half = make_model(sliding_window=1024, sliding_window_layers=2).architecture
    full = make_model().architecture
    at = {"context_tokens": 4096, "element_bytes": 2}
    assert sequence_bytes(every, **at) * 4 == sequence_bytes(full, **at)
    assert sequence_bytes(half, **at) * 8 == sequence_bytes(full, **at) * 5
    assert sequence_bytes(every, windows=False, **at) == sequence_bytes(full, **at)


def test_a_window_that_has_not_closed_saves_nothing(make_model):
    short = {"context_tokens": 512, "element_bytes": 2}
    assert sequence_bytes(make_model(sliding_window=1024).architecture, **short) == sequence_bytes(
        make_model().architecture, **short
    )


def test_devices_share_the_heads_until_each_has_one(make_model):
    shape = make_model(attention_heads=8, kv_heads=4).architecture
    each = [token_bytes(shape, element_bytes=2, degree=degree) for degree in (1, 2, 4, 8)]
    assert each[0] == 2 * each[1] == 4 * each[2]
    assert each[3] == each[2]


def test_every_device_holds_the_whole_latent(make_model):
    shape = make_model(kv_lora_rank=64, qk_rope_head_dim=16).architecture
    assert token_bytes(shape, element_bytes=2, degree=8) == token_bytes(shape, element_bytes=2) == 4 * 80 * 2


def test_a_cache_of_8_bits_is_half_of_one_of_16(make_model):
    shape = make_model().architecture
    assert 2 * sequence_bytes(shape, context_tokens=100, element_bytes=1) == sequence_bytes(
        shape, context_tokens=100, element_bytes=2
    )


def test_a_decoder_with_an_encoder_keeps_that_encoders_keys_as_well(make_model):
    at = {"context_tokens": 512, "element_bytes": 2}
    assert sequence_bytes(make_model(encoder_layers=4).architecture, **at) == 2 * sequence_bytes(
        make_model().architecture, **at
    )


def test_a_sequence_occupies_whole_blocks(make_model):
    shape = make_model().architecture
    one, sixteen, seventeen = (sequence_bytes(shape, context_tokens=n, element_bytes=2) for n in (1, 16, 17))
    assert (one, seventeen) == (sixteen, 2 * sixteen)


@given(
    context=st.integers(1, 200_000),
    more=st.integers(0, 50_000),
    window=st.none() | st.integers(1, 9_000),
    layers=st.integers(1, 4),
)
def test_a_longer_sequence_never_takes_less(make_model, context, more, window, layers):
    changes = {} if window is None else {"sliding_window": window, "sliding_window_layers": layers}
    shape = make_model(**changes).architecture
    assert sequence_bytes(shape, context_tokens=context, element_bytes=2) <= sequence_bytes(
        shape, context_tokens=context + more, element_bytes=2
    )
