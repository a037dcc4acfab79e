"""Reading what a model said, and how fast, from the bodies that engines send."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.invoking.chat_answer import read_chat, read_embedding, read_stream
from modelyard.shell.failure import Failure


def event(content: object) -> bytes:
    return b"data: " + json.dumps(content, ensure_ascii=False).encode() + b"\n\n"


def delta(text: str) -> bytes:
    return event({"choices": [{"index": 0, "delta": {"content": text}}]})


USAGE = event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})
DONE = b"data: [DONE]\n\n"
STREAM = delta("Grüße, ") + delta("Jürgen") + delta(" 🚀") + USAGE + DONE


@settings(deadline=None)
@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_a_stream_reads_the_same_wherever_it_is_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    portions = [STREAM[start:end] for start, end in zip(edges, edges[1:], strict=False)]
    answer = read_stream(portions, began=time.perf_counter())
    assert answer.text == "Grüße, Jürgen 🚀"
    assert (answer.prompt_tokens, answer.completion_tokens) == (7, 3)


def test_times_are_those_of_the_first_and_of_the_further_tokens() -> None:
    def slow() -> Iterator[bytes]:
        time.sleep(0.1)
        yield delta("one")
        for word in ("two", "three"):
            time.sleep(0.05)
            yield delta(word)
        yield DONE

    answer = read_stream(slow(), began=time.perf_counter())
    assert answer.first_token_seconds is not None and answer.first_token_seconds >= 0.1
    assert answer.seconds_per_token is not None and answer.seconds_per_token >= 0.05
    assert answer.first_token_seconds + 2 * answer.seconds_per_token <= answer.total_seconds
    assert answer.completion_tokens == 3  # chunks, where an engine does not count
    assert answer.streamed


def test_text_is_heard_while_it_comes() -> None:
    heard: list[str] = []
    read_stream([delta("a"), delta("b"), DONE], began=0, on_text=heard.append)
    assert heard == ["a", "b"]


def test_a_stream_that_ends_early_is_no_answer() -> None:
    with pytest.raises(Failure, match="the stream ended before the answer was complete"):
        read_stream([delta("half")], began=0)


def test_an_error_in_the_middle_of_a_stream_is_told() -> None:
    broken = [delta("half"), event({"error": {"message": "the engine was lost"}})]
    with pytest.raises(Failure, match="the engine was lost"):
        read_stream(broken, began=0)


def test_a_whole_answer_carries_text_and_tokens() -> None:
    body = json.dumps(
        {"choices": [{"message": {"content": "Hello."}}], "usage": {"prompt_tokens": 4, "completion_tokens": 2}}
    )
    answer = read_chat(body.encode(), total_seconds=1.5)
    assert (answer.text, answer.prompt_tokens, answer.completion_tokens) == ("Hello.", 4, 2)
    assert answer.first_token_seconds is None


def test_a_vector_is_shown_by_its_first_numbers() -> None:
    body = json.dumps({"data": [{"embedding": [0.25, -0.5, 1, 0]}], "usage": {"prompt_tokens": 4}})
    answer = read_embedding(body.encode(), total_seconds=0.1)
    assert answer.text == "[0.250, -0.500, 1.000, ...] (4 dimensions)"
    assert answer.prompt_tokens == 4


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"choices": []}', b'{"choices": [{"message": null}]}'])
def test_a_body_that_is_no_chat_completion_is_quoted(body: bytes) -> None:
    with pytest.raises(Failure, match="the endpoint answered something that is no"):
        read_chat(body, total_seconds=1)
