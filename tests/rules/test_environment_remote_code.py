from __future__ import annotations

import pytest


def found(house, name, rule, value="/x"):
    return house.entry("real-time", serving={"environment": {name: value}}).found(rule)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SM_VLLM_TRUST_REMOTE_CODE", "true"),
        ("HF_TRUST_REMOTE_CODE", "1"),
        ("OPTION_TRUST_REMOTE_CODE", "True"),
        ("TRUST_REMOTE_CODE", ""),
        ("HF_MODEL_TRUST_REMOTE_CODE", "yes"),
        ("ENGINE_ARGS", "--trust-remote-code"),
    ],
)
def test_code_that_comes_with_weights_takes_a_reason(house, name, value):
    [said] = found(house, name, "MY085", value)
    assert said.startswith(f"{name} runs code that comes with the weights")


@pytest.mark.parametrize("value", ["false", "False", "0"])
def test_code_that_is_not_trusted_needs_none(house, value):
    assert found(house, "SM_VLLM_TRUST_REMOTE_CODE", "MY085", value) == []
