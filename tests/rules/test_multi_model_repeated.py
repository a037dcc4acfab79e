from __future__ import annotations


def test_a_repeated_model_is_refused(house):
    [said] = house.entry("multi-model", models=["open-model", "open-model"]).found("MY032")
    assert said == "model open-model stands twice in the list: remove one of them"


def test_different_models_pass(house):
    assert house.model("other-model").entry("multi-model", models=["open-model", "other-model"]).found("MY032") == []
