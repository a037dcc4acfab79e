from __future__ import annotations

import pytest


def variables(house, engine="vllm", **environment):
    image = {"image": "own/engine:1"} if engine == "custom" else {}
    return house.entry("real-time", serving={"engine": engine, **image, "environment": environment}).found("MY058")


@pytest.mark.parametrize(
    ("engine", "name", "text", "words"),
    [
        ("vllm", "SM_VLLM_GPU_MEMORY_UTILIZATION", "90", "above 0, at most 1: 90 percent is 0.90"),
        ("vllm", "SM_VLLM_MAX_MODEL_LEN", "eight thousand", "a whole number of at least 1"),
        ("vllm", "SM_VLLM_DTYPE", "fp16", "which vllm does not take: write auto, float32"),
        ("lmi", "OPTION_TENSOR_PARALLEL_DEGREE", "all", "a whole number of at least 1"),
        ("sglang", "SM_SGLANG_MEM_FRACTION_STATIC", "1.5", "above 0, at most 1"),
        ("tgi", "MAX_TOTAL_TOKENS", "0", "a whole number of at least 1"),
    ],
)
def test_a_value_that_the_engine_would_refuse_is_told_at_its_variable(house, engine, name, text, words):
    [said] = variables(house, engine, **{name: text})
    assert said.startswith(f"{name} is {text!r}") and words in said


def test_every_wrong_variable_is_told(house):
    assert len(variables(house, SM_VLLM_MAX_NUM_SEQS="x", SM_VLLM_DTYPE="int4", SM_VLLM_SEED="x")) == 2


@pytest.mark.parametrize(
    "given",
    [
        {"SM_VLLM_MAX_MODEL_LEN": "4k", "SM_VLLM_DTYPE": "auto", "SM_VLLM_GPU_MEMORY_UTILIZATION": "0.95"},
        {"SM_VLLM_MAX_MODEL_LEN": "auto"},
        {"OPTION_DTYPE": "not vLLM's word"},
    ],
)
def test_what_the_engine_takes_and_what_it_does_not_read_passes(house, given):
    assert variables(house, **given) == []


def test_an_image_of_ones_own_has_words_of_its_own(house):
    assert variables(house, "custom", SM_VLLM_DTYPE="int4") == []
