from __future__ import annotations

import pytest


def said(house, engine="vllm", environment=None, **keys):
    serving = {"engine": engine, "environment": environment or {}, **keys}
    return house.entry("real-time", serving=serving).found("MY059")


@pytest.mark.parametrize(
    ("engine", "name", "text", "keys", "end"),
    [
        ("vllm", "SM_VLLM_MAX_MODEL_LEN", "2k", {"max_context_tokens": 4096}, "write max_context_tokens: 2000"),
        ("tgi", "MAX_CONCURRENT_REQUESTS", "8", {"max_concurrency": 4}, "write max_concurrency: 8"),
        ("sglang", "SM_SGLANG_TP_SIZE", "2", {"tensor_parallel_degree": 4}, "write tensor_parallel_degree: 2"),
    ],
)
def test_two_answers_to_one_question_are_told(house, engine, name, text, keys, end):
    [words] = said(house, engine, {name: text}, **keys)
    assert words.startswith(f"{name} is {text}, but ") and words.endswith(f"{end} and remove {name}")


def test_one_answer_twice_or_once_is_fine(house):
    assert said(house, environment={"SM_VLLM_MAX_MODEL_LEN": "4096"}, max_context_tokens=4096) == []
    assert said(house, environment={"SM_VLLM_MAX_MODEL_LEN": "4096"}) == []
    assert said(house, environment={"SM_VLLM_MAX_MODEL_LEN": "auto"}, max_context_tokens=4096) == []


def test_a_wrong_value_is_told_once_and_not_here(house):
    assert said(house, environment={"SM_VLLM_MAX_MODEL_LEN": "long"}, max_context_tokens=4096) == []
    assert "MY058" in house.breaks()
