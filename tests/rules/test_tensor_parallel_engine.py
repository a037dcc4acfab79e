from __future__ import annotations

import pytest


@pytest.mark.parametrize("serving", [{"engine": "tei"}, {"engine": "custom", "image": "own/engine:1-cu130"}])
def test_an_engine_that_does_not_split_a_model_is_refused(house, serving):
    [said] = house.entry("real-time", serving={**serving, "tensor_parallel_degree": 1}).found("MY042")
    assert said.startswith(f"engine {serving['engine']} takes no tensor_parallel_degree")


def test_an_engine_that_splits_a_model_passes(house):
    assert house.entry("real-time", serving={"tensor_parallel_degree": 1}).found("MY042") == []
