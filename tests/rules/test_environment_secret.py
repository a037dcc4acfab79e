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
        ("HUGGING_FACE_HUB_TOKEN", "anything"),
        ("AWS_SESSION_TOKEN", "anything"),
        ("GITHUB_PAT", "anything"),
        ("SETTING", "github_pat_11ABCDEFG0abcdefghijklmnop"),
        ("SETTING", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        ("SETTING", "glpat-abcdefghijklmnopqrst"),
        ("SETTING", "sk-proj-abcdefghijklmnopqrstuvwxyz"),
        ("SETTING", "sk-ant-api03-abcdefghijklmnopqrst"),
        ("SETTING", "nvapi-abcdefghijklmnopqrstuvwxyz"),
        ("SETTING", "xoxb-123456789012-abcdefghijkl"),
        ("SETTING", "AIza" + "Sy" + "0" * 33),
        ("SETTING", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmVk"),
        ("SETTING", "-----BEGIN RSA PRIVATE KEY-----"),
        ("STORE", "postgres://someone:hunter2@example.com/db"),
        ("OPTIONS", '{"key": "hf_aBcDeFgHiJkLmNoPqRsT"}'),
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
        ("EOS_TOKEN", "</s>"),
        ("ADD_BOS_TOKEN", "true"),
        ("SM_VLLM_TASK", "sk-short"),
        ("CERTIFICATE", "-----BEGIN CERTIFICATE-----"),
        ("UPSTREAM", "https://example.com:8443/path@2"),
    ],
)
def test_a_setting_that_only_sounds_like_one_passes(house, name, value):
    assert variable(house, name, value) == []
