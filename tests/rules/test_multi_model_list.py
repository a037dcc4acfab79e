from __future__ import annotations


def said(house, kind, instance):
    return house.entry(kind, serving={"instance": instance}).found("MY049")


def test_several_models_on_a_list_of_types_are_warned_about(house):
    assert len(said(house, "multi-model", ["ml.m5.xlarge", "ml.m5.2xlarge"])) == 1


def test_one_type_passes_as_text_or_as_list(house):
    assert said(house, "multi-model", "ml.m5.xlarge") == []
    assert said(house, "multi-model", ["ml.m5.xlarge"]) == []


def test_one_model_may_fall_back(house):
    assert said(house, "async", ["ml.g5.2xlarge", "ml.g5.4xlarge"]) == []
