"""Which ways a model can be split."""

from __future__ import annotations

import pytest

from capacity.parallelism import kv_heads_per_device, split_refusal, widest_degree


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
