from __future__ import annotations


def test_more_context_than_the_model_was_made_for_warns(house):
    [said] = house.entry("real-time", serving={"max_context_tokens": 8192}).found("MY039")
    assert said == "max_context_tokens is 8192, but open-model was made for 4096: write at most 4096"


def test_the_models_own_context_passes(house):
    assert house.entry("real-time", serving={"max_context_tokens": 4096}).found("MY039") == []


def test_the_engines_own_variable_is_held_against_the_model_too(house):
    told = house.entry("real-time", serving={"environment": {"SM_VLLM_MAX_MODEL_LEN": "8k"}}).found("MY039")
    assert told == ["SM_VLLM_MAX_MODEL_LEN is 8000, but open-model was made for 4096: write at most 4096"]
    house.entry("real-time", serving={"environment": {"SM_VLLM_MAX_MODEL_LEN": "long"}})
    assert house.found("MY039") == []
