"""The longest context and the most sequences that still fit, held against the fit itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.capacity.headroom import longest_context, most_sequences
from modelyard.capacity.instances import instance
from modelyard.capacity.memory_fit import fit
from modelyard.capacity.workload import workload

G5 = instance("ml.g5.2xlarge")


@given(context=st.integers(1, 4096), concurrency=st.integers(1, 40))
def test_what_is_named_fits_and_one_more_does_not(shipped, context, concurrency):
    model = shipped("llama-2-7b")
    asked = workload(model, engine="vllm", context_tokens=context, concurrency=concurrency)
    longest, most = longest_context(model, asked, G5), most_sequences(model, asked, G5)

    def fits(**change):
        return fit("it", model, replace(asked, **change), G5).fits

    if longest:
        assert fits(context_tokens=longest)
    if longest < 4096:
        assert not fits(context_tokens=longest + 1)
    if most:
        assert fits(concurrency=most)
    assert most == 1024 or not fits(concurrency=most + 1)


def test_half_a_mebibyte_a_token_leaves_llama_2_7b_three_full_sequences(shipped):
    model = shipped("llama-2-7b")
    asked = workload(model, engine="vllm", context_tokens=4096, concurrency=1)
    assert most_sequences(model, asked, G5) == 3


@pytest.mark.parametrize("name", ["llama-2-70b", "mixtral-8x7b-instruct-v0.1"])
def test_where_the_weights_alone_are_too_large_nothing_fits(shipped, name):
    model = shipped(name)
    asked = workload(model, engine="vllm", context_tokens=4096, concurrency=1)
    assert (longest_context(model, asked, G5), most_sequences(model, asked, G5)) == (0, 0)
