from __future__ import annotations


def test_a_variable_of_sagemakers_own_warns(house):
    [said] = house.entry("real-time", serving={"environment": {"SAGEMAKER_BIND_TO_PORT": "9"}}).found("MY037")
    assert said.startswith("SAGEMAKER_BIND_TO_PORT is a name that SageMaker sets itself")


def test_an_engines_variable_passes(house):
    assert house.entry("real-time", serving={"environment": {"SM_VLLM_DTYPE": "half"}}).found("MY037") == []
