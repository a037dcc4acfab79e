"""What one device holds of a model's weights."""

from __future__ import annotations

import pytest

from modelyard.capacity.device_weights import device_weight_bytes
from modelyard.capacity.weights import weight_bytes

GIB = 1 << 30


def test_one_device_holds_the_checkpoint(make_model):
    model = make_model()
    assert device_weight_bytes(model, "float16", degree=1, processor="gpu") == weight_bytes(model, "float16")


def test_experts_in_4_bit_floats_are_padded_to_the_tiles_of_their_kernel(shipped):
    # "Model loading took 65.9651 GiB": https://github.com/vllm-project/vllm/issues/23278
    loaded = device_weight_bytes(shipped("gpt-oss-120b"), "mxfp4", degree=1, processor="gpu")
    assert loaded / GIB == pytest.approx(65.97, rel=0.005)
    assert weight_bytes(shipped("gpt-oss-120b")) / GIB == pytest.approx(60.8, rel=0.003)


def test_repeated_key_value_heads_are_weights_too(make_model):
    model = make_model(attention_heads=8, kv_heads=2)
    four, eight = (device_weight_bytes(model, "float16", degree=n, processor="gpu") for n in (4, 8))
    assert 8 * eight > 4 * four > weight_bytes(model, "float16")
