"""The real server process with all-MiniLM-L6-v2."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def server(start_server: Any, embedding_model: Path) -> Any:
    running = start_server(MODELYARD_MODEL_DIR=str(embedding_model))
    running.wait_until_healthy()
    return running


def embed(server: Any, *texts: str) -> list[list[float]]:
    answer = server.post("/invocations", {"input": list(texts)})
    assert answer.status_code == 200, answer.text
    return [row["embedding"] for row in answer.json()["data"]]


def likeness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


COMMITTEE = "The committee could not agree on the budget for the coming year. "
REFERENCE = {
    # The first numbers that transformers 5.23.0 on torch 2.13.0 gives for this checkpoint, mean pooled and normalised.
    "This is an example sentence": [0.06766, 0.0635, 0.04871, 0.0793, 0.03745, 0.00265, 0.03937, -0.0071],
    "Naïve café owners in Zürich don't pay 1,000 €!": [
        0.06766, 0.05617, 0.06306, 0.02549, 0.04811, -0.04478, 0.04369, -0.01609,
    ],
    COMMITTEE * 10: [-0.02519, 0.09962, -0.04369, 0.02052, 0.02472, 0.04223, -0.01818, 0.00321],
}  # fmt: skip


def test_vectors_are_those_of_the_reference_implementation(server: Any) -> None:
    for vector, expected in zip(embed(server, *REFERENCE), REFERENCE.values(), strict=True):
        assert vector[:8] == pytest.approx(expected, abs=2e-5)


def test_every_vector_has_length_one_and_does_not_depend_on_its_neighbours(server: Any) -> None:
    short, long = "A cat.", COMMITTEE * 10
    alone, [together, neighbour] = embed(server, short)[0], embed(server, short, long)
    assert together == pytest.approx(alone, abs=1e-5)
    assert [math.hypot(*alone), math.hypot(*neighbour)] == pytest.approx([1, 1], abs=1e-5)


def test_sentences_with_a_like_meaning_are_near_each_other(server: Any) -> None:
    food, meal, market = embed(
        server, "A man is eating food.", "A person has a meal.", "Share prices fell sharply on Tuesday."
    )
    assert likeness(food, meal) > 0.5 > 0.2 > likeness(food, market)


def test_both_forms_give_the_same_vectors_and_openais_counts_tokens(server: Any) -> None:
    plain = server.post("/invocations", {"inputs": "Each sentence is converted"}).json()
    answer = server.post("/invocations", {"input": "Each sentence is converted"}).json()
    assert answer["data"][0]["embedding"] == pytest.approx(plain[0], abs=1e-6)
    assert answer["usage"] == {"prompt_tokens": 6, "total_tokens": 6}
    assert len(plain[0]) == 384


def test_more_texts_than_one_computation_takes_keep_their_order(server: Any) -> None:
    sentences = [f"Sentence number {number}" for number in range(70)]
    vectors = embed(server, *sentences)
    assert vectors[65] == pytest.approx(embed(server, sentences[65])[0], abs=1e-5)


def test_a_text_longer_than_the_models_context_is_refused(server: Any) -> None:
    answer = server.post("/invocations", {"input": ["fine", "word " * 300]})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == (
        "text 1 has 302 tokens; this model's context holds 256: shorten the text"
    )


def test_a_text_that_could_never_fit_is_refused_by_its_characters(server: Any) -> None:
    answer = server.post("/invocations", {"input": "a" * 25_601})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == (
        "text 0 has 25601 characters; at most 8192 are read, 32 for each of the 256 tokens of this model's context"
    )
