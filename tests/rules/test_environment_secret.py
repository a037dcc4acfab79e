from __future__ import annotations

import pytest


def variable(house, name, value):
    return house.entry("real-time", serving={"environment": {name: value}}).found("MY036")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HF_TOKEN", "hf_aBcDeFgHiJkLmNoPqRsT"),
        ("HF_TOKEN", "anything"),
        ("SOMETHING", "hf_aBcDeFgHiJkLmNoPqRsT"),
        ("SETTING", "AKIAIOSFODNN7EXAMPLE"),
        ("OPENAI_API_KEY", "x"),
        ("DB_PASSWORD", "hunter2"),
        ("SETTING", "{{resolve:secretsmanager:llm:SecretString:token}}"),
    ],
)
def test_a_secret_is_refused_with_the_way_out(house, name, value):
    [said] = variable(house, name, value)
    assert said.startswith(f"{name} holds a secret")
    assert value not in said
    assert "stage gated weights to S3" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_TOTAL_TOKENS", "4096"),
        ("TOKENIZER_MODE", "auto"),
        ("HF_TOKEN_PATH", "/opt/ml/model/token"),
        ("API_KEY", "arn:aws:secretsmanager:us-east-1:111122223333:secret:llm"),
        ("HF_TOKEN", ""),
    ],
)
def test_a_setting_that_only_sounds_like_one_passes(house, name, value):
    assert variable(house, name, value) == []
