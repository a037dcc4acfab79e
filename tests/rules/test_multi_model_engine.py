from __future__ import annotations

import pytest


@pytest.mark.parametrize("engine", ["vllm", "lmi", "sglang", "tgi", "tei", "neuron", "llama-cpp"])
def test_an_engine_that_serves_one_model_is_refused(house, engine):
    [said] = house.entry("multi-model", serving={"engine": engine}).found("MY029")
    assert said.startswith(f"engine {engine} serves one model")


def test_a_custom_image_passes(house):
    assert house.entry("multi-model").found("MY029") == []
