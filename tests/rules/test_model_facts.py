from __future__ import annotations

import pytest

SHAPE = {
    "layers": 32,
    "hidden_size": 4096,
    "attention_heads": 32,
    "kv_heads": 8,
    "head_dim": 128,
    "vocabulary_size": 128256,
    "max_context_tokens": 8192,
    "intermediate_size": 14336,
}


def told(house, *, parameters=8_030_261_248, **shape):
    house.model("tiny", parameters=parameters, architecture={**SHAPE, **shape})
    return house.entry("real-time", model="tiny").found("MY069")


def test_a_count_without_its_units_is_told_with_what_the_shapes_add_up_to(house):
    assert told(house, parameters=8) == [
        "model tiny states 8 parameters, but its shapes alone add up to 5,625,610,240 or more: correct models/tiny.yaml"
    ]


def test_heads_that_do_not_divide_are_told(house):
    [said] = told(house, kv_heads=7)
    assert "7 key-value heads, which do not divide its 32 attention heads" in said


@pytest.mark.parametrize("kv_heads", [1, 8, 32])
def test_facts_that_agree_pass(house, kv_heads):
    assert told(house, kv_heads=kv_heads) == []


def test_each_model_of_several_is_looked_at(house):
    house.model("tiny", parameters=8, architecture=SHAPE)
    house.entry("multi-model", models=["open-model", "tiny"])
    [said] = house.found("MY069")
    assert said.startswith("model tiny states 8 parameters")
