"""Bytes of a model's weights: known answers, and what quantisation leaves in 16 bits."""

from __future__ import annotations

import pytest

from modelyard.capacity.weights import embedding_parameters, weight_bytes

GIB = 1 << 30


@pytest.mark.parametrize(
    ("name", "gib"),
    [
        # Two bytes a parameter: 16 GB for 7 B, as every rule of thumb has it, less what a GiB is larger.
        ("llama-2-7b", 12.55),
        ("llama-2-70b", 128.48),
        # "model weights take 14.96GiB": https://github.com/vllm-project/vllm/pull/10511
        ("llama-3.1-8b-instruct", 14.96),
        # Every expert, not the two that a token uses.
        ("mixtral-8x7b-instruct-v0.1", 86.99),
        # Checkpoints of 12.8 and 60.8 GiB: https://arxiv.org/abs/2508.10925, table 1.
        ("gpt-oss-20b", 12.8),
        ("gpt-oss-120b", 60.8),
    ],
)
def test_weights_of_well_known_models(shipped, name, gib):
    assert weight_bytes(shipped(name)) / GIB == pytest.approx(gib, rel=0.003)


@pytest.mark.parametrize(("dtype", "bytes_each"), [("float32", 4), ("float16", 2), ("bfloat16", 2)])
def test_a_full_precision_costs_its_bytes_for_each_parameter(make_model, dtype, bytes_each):
    assert weight_bytes(make_model(parameters=5_000_000), dtype) == 5_000_000 * bytes_each


def test_quantisation_leaves_the_embeddings_in_16_bits(make_model):
    model = make_model(parameters=10_000_000, vocabulary_size=1000, hidden_size=256)
    embeddings = 2 * 1000 * 256
    linear = 10_000_000 - embeddings
    # Groups of 128: half a byte a weight, and for each group a scale of 2 bytes and a zero point of half a byte.
    assert weight_bytes(model, "int4") == embeddings * 2 + int(linear * (0.5 + 2.5 / 128))
    assert weight_bytes(model, "fp8") == embeddings * 2 + linear


def test_tied_embeddings_are_counted_once(make_model):
    assert embedding_parameters(make_model(tied_embeddings=True)) == 1000 * 256
    assert embedding_parameters(make_model()) == 2 * 1000 * 256
    assert weight_bytes(make_model(tied_embeddings=True), "int4") < weight_bytes(make_model(), "int4")


def test_a_sentence_encoder_has_no_output_embedding(make_model):
    assert embedding_parameters(make_model(task="embedding")) == 1000 * 256


def test_smaller_groups_carry_more_scales(make_model):
    sizes = [weight_bytes(make_model(quantisation_group_size=size), "int4") for size in (32, 64, 128, 1024)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(sizes)


def test_blocks_of_fp8_carry_one_float_for_each_square(make_model):
    plain, blocks = make_model(), make_model(quantisation_group_size=128)
    linear = plain.parameters - embedding_parameters(plain)
    assert weight_bytes(blocks, "fp8") - weight_bytes(plain, "fp8") == int(linear * 4 / 128**2)


def test_mxfp4_holds_only_the_experts_in_four_bits(make_model):
    experts = 3 * 256 * 1024 * 8 * 4
    model = make_model(dtype="mxfp4", experts=8, parameters=experts + 1_000_000)
    assert weight_bytes(model) == 2_000_000 + experts * 17 // 32


def test_a_known_size_of_the_checkpoint_wins_over_what_is_derived(make_model):
    model = make_model(dtype="fp8", checkpoint_bytes=5_000_000)
    assert weight_bytes(model) == weight_bytes(model, "fp8") == 5_000_000
    assert weight_bytes(model, "bfloat16") == 2 * model.parameters
