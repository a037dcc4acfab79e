"""Which ways a model can be split."""

from __future__ import annotations

import pytest

from modelyard.capacity.parallelism import kv_heads_per_device, repeated_parameters, split_refusal, widest_degree


@pytest.mark.parametrize(
    ("degree", "devices", "words"),
    [
        (16, 8, "needs 16 devices, the instance has 8"),
        (3, 4, "does not divide the 8 attention heads"),
        (1, 1, None),
        (8, 8, None),
    ],
)
def test_a_degree_divides_the_heads_and_finds_its_devices(make_model, degree, devices, words):
    refused = split_refusal(make_model().architecture, degree, devices=devices)
    assert refused is None if words is None else words in str(refused)


def test_key_value_heads_are_divided_or_repeated_whole(make_model):
    shape = make_model(attention_heads=12, kv_heads=4).architecture
    assert "4 key-value heads" in str(split_refusal(shape, 6, devices=8))
    assert split_refusal(shape, 12, devices=12) is None
    assert kv_heads_per_device(shape, 12) == 1


@pytest.mark.parametrize(
    ("name", "devices", "degree"),
    [
        ("llama-3.1-8b-instruct", 24, 16),
        ("llama-2-13b-chat", 12, 10),
        ("qwen2.5-14b-instruct", 12, 8),
        ("falcon-7b-instruct", 8, 1),  # 71 heads divide by nothing
        ("deepseek-v3", 8, 8),
    ],
)
def test_the_widest_degree_uses_the_most_devices_that_divide_the_model(shipped, name, devices, degree):
    assert widest_degree(shipped(name).architecture, devices=devices) == degree


@pytest.mark.parametrize(
    ("name", "cores", "degree", "kv_heads"),
    [
        # Compiled by Hugging Face for these numbers of cores: huggingface.co/aws-neuron/optimum-neuron-cache
        ("llama-2-7b", 24, 24, 2),
        ("llama-2-13b", 12, 12, 4),
        ("llama-2-70b", 24, 24, 1),
        # Twelve would give each of the 64 query heads its own key-value head.
        ("llama-2-70b", 12, 8, 1),
        ("llama-3.1-8b-instruct", 2, 2, 4),
    ],
)
def test_neuron_pads_heads_and_passes_over_degrees_that_end_grouping(shipped, name, cores, degree, kv_heads):
    shape = shipped(name).architecture
    assert widest_degree(shape, devices=cores, pads=True) == degree
    assert kv_heads_per_device(shape, degree, pads=True) == kv_heads


def test_what_a_split_repeats_is_counted(shipped, make_model):
    shape = make_model(attention_heads=8, kv_heads=4).architecture
    head = 2 * shape.layers * shape.hidden_size * shape.head_dim
    assert repeated_parameters(shape, 4) == 0
    assert repeated_parameters(shape, 8) == 4 * head
    # Three cores: eight query heads become nine, and each of them gets a key-value head of its own.
    assert repeated_parameters(shape, 3, pads=True) == (9 - 4 + 1) * head
    latent = shipped("deepseek-v3").architecture
    assert repeated_parameters(latent, 8) == 7 * latent.layers * latent.hidden_size * (512 + 64)
