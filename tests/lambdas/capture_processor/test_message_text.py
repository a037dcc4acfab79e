"""Texts and token counts of requests and responses in the forms of the engines; what is not told is None."""

from __future__ import annotations

import json

import pytest

from lambdas.capture_processor.message_text import TokenUsage, answer_of, request_text
from lambdas.capture_processor.payload import Payload


def as_json(body: object) -> Payload:
    return Payload("application/json", "json", body)


PARTS = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hi"}]}, "be kind\nhi"),
        ({"messages": [{"role": "user", "content": PARTS}]}, "see"),
        ({"prompt": ["a", "b"], "max_tokens": 3}, "a\nb"),
        ({"inputs": "a", "parameters": {"stop": ["x"]}}, "a"),
        ({"input": ["a", "b"]}, "a\nb"),
        ({"input": [[1, 2, 3]]}, None),
        ({"something": "else"}, None),
        (["a", "b"], "a\nb"),
    ],
)
def test_a_request_is_what_was_asked_without_roles_and_settings(body, text):
    assert request_text(as_json(body)) == text


def test_bytes_have_no_text_and_text_is_itself():
    assert request_text(Payload(None, "binary", "//4=")) is None
    assert request_text(Payload("text/plain", "text", "hello")) == "hello"


def test_a_completion_tells_its_text_and_exact_tokens():
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 8}}
    answer = answer_of(as_json({"choices": [{"message": {"content": "hi there"}}], "usage": usage}))
    assert (answer.text, answer.usage) == ("hi there", TokenUsage(12, 3, 8))


def test_an_embedding_has_tokens_and_no_text():
    answer = answer_of(as_json({"data": [{"embedding": [0.1] * 384}], "usage": {"prompt_tokens": 5}}))
    assert (answer.text, answer.usage) == (None, TokenUsage(5, None, None))


def test_text_generation_inference_counts_in_its_details():
    answer = answer_of(as_json([{"generated_text": "hi", "details": {"generated_tokens": 2}}]))
    assert (answer.text, answer.usage) == ("hi", TokenUsage(None, 2, None))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ([{"generation": {"role": "assistant", "content": " hi"}}], " hi"),
        ({"generation": "hi", "prompt_token_count": 3}, "hi"),
        ({"predictions": [{"generated_text": "hi"}, {"generated_text": "ho"}]}, "hi\nho"),
        ({"outputs": ["hi"]}, "hi"),
        ({"output": {"text": "hi"}}, "hi"),
        (["hi", "ho"], "hi\nho"),
        ({"predictions": [0.25, 0.75]}, None),
        ({"score": 1}, None),
    ],
)
def test_an_answer_is_found_in_the_forms_of_other_handlers(body, text):
    assert answer_of(as_json(body)).text == text


@pytest.mark.parametrize("tokens", [True, -1, "7", 1.5, None])
def test_a_count_that_is_none_is_absent(tokens):
    assert answer_of(as_json({"choices": [], "usage": {"completion_tokens": tokens}})).usage == TokenUsage()


def test_a_stream_is_one_text_and_its_last_part_counts_the_tokens():
    parts = [{"choices": [{"delta": {"content": piece}}], "usage": None} for piece in ("he", "ll", "o")]
    parts.append({"choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": 3}})
    text = "".join(f"data: {json.dumps(part)}\n\n" for part in parts) + "data: [DONE]\n\n"
    answer = answer_of(Payload("text/event-stream", "text", text))
    assert (answer.text, answer.usage) == ("hello", TokenUsage(4, 3))


def test_a_stream_that_broke_off_keeps_what_came():
    text = 'data: {"choices": [{"delta": {"content": "he"}}]}\n\ndata: {"choices": [{"del'
    assert answer_of(Payload("text/event-stream", "text", text)).text == "he"


def test_json_lines_of_tokens_are_one_text():
    text = "".join(json.dumps({"token": {"text": piece}}) + "\n" for piece in ("he", "llo"))
    assert answer_of(Payload("application/jsonlines", "text", text)).text == "hello"
    whole = text + json.dumps({"token": {"text": ""}, "generated_text": "hello"})
    assert answer_of(Payload("application/jsonlines", "text", whole)).text == "hello"


def test_an_engine_may_say_itself_that_it_refused():
    assert answer_of(as_json({"choices": [{"message": {"content": None, "refusal": "no"}}]})).refused
    assert answer_of(as_json({"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]})).refused
    assert not answer_of(as_json({"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]})).refused
