"""What the encoder is handed, whatever the mix of texts; words stand in for tokens, as the counting needs no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from containers.llm_cpu import embedding_steps as steps_module
from containers.llm_cpu.embedding_steps import MOST_BATCH_TOKENS, MOST_ROWS, Step, batches, embedding_steps
from containers.llm_cpu.errors import RequestRefused
from containers.llm_cpu.limits import MOST_TOKENS_OF_TEXTS


class Counting:
    """A tokenizer of words and a computation that writes down what shapes it was given."""

    def __init__(self) -> None:
        self.tokenized = 0
        self.shapes: list[tuple[int, int]] = []

    def tokenize(self, text: str) -> Sequence[int]:
        self.tokenized += 1
        return [len(word) for word in text.split()]

    def compute(self, batch: Sequence[Sequence[int]]) -> Sequence[Sequence[float]]:
        self.shapes.append((len(batch), max(map(len, batch))))
        return [[float(sum(ids)), float(len(ids))] for ids in batch]

    def embed(self, texts: Sequence[str], *, context_tokens: int = 256) -> tuple[dict[int, Any], int]:
        vectors: dict[int, Any] = {}
        for step in embedding_steps(texts, tokenize=self.tokenize, compute=self.compute, context_tokens=context_tokens):
            if isinstance(step, Step):
                vectors.update(zip(step.places, step.vectors, strict=True))
            else:
                return vectors, step
        raise AssertionError("the steps ended without their count")

    @property
    def computed_tokens(self) -> int:
        return sum(rows * longest for rows, longest in self.shapes)


def test_one_long_text_among_many_short_ones_costs_what_it_costs_alone() -> None:
    mixed, alone, short = Counting(), Counting(), Counting()
    mixed.embed(["a"] * 1000 + ["a " * 256] + ["a"] * 1000)
    alone.embed(["a " * 256])
    short.embed(["a"] * 2000)
    assert mixed.computed_tokens <= alone.computed_tokens + short.computed_tokens + MOST_BATCH_TOKENS
    assert all(rows * longest <= MOST_BATCH_TOKENS and rows <= MOST_ROWS for rows, longest in mixed.shapes)


@given(st.lists(st.integers(1, 256), min_size=1, max_size=120))
def test_padding_is_bounded_whatever_the_mix_and_every_text_gets_its_own_vector(lengths: list[int]) -> None:
    counting = Counting()
    vectors, tokens = counting.embed(["a " * length for length in lengths])
    assert tokens == sum(lengths)
    assert {place: vector[1] for place, vector in vectors.items()} == dict(enumerate(map(float, lengths)))
    assert all(rows * longest <= MOST_BATCH_TOKENS and rows <= MOST_ROWS for rows, longest in counting.shapes)


def test_a_text_longer_than_a_batch_is_computed_alone() -> None:
    assert list(batches([1, MOST_BATCH_TOKENS * 4, 1])) == [[0, 2], [1]]


def test_the_first_text_that_is_too_long_ends_the_counting() -> None:
    counting = Counting()
    with pytest.raises(RequestRefused, match="text 1 has 257 tokens; this model's context holds 256"):
        counting.embed(["a", "a " * 257, *["a " * 200] * 2000])
    assert (counting.tokenized, counting.shapes) == (2, [])


def test_a_text_with_too_many_characters_is_not_even_counted() -> None:
    counting = Counting()
    with pytest.raises(RequestRefused, match="text 0 has 25600 characters; at most 8192 are read"):
        counting.embed(["!" * 25_600])
    assert counting.tokenized == 0


def test_all_tokens_of_a_request_are_bounded_before_any_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps_module, "MOST_TOKENS_OF_TEXTS", 1000)
    counting = Counting()
    with pytest.raises(RequestRefused, match="the first 11 of 2000 texts have 1100 tokens; one request may have 1000"):
        counting.embed(["a " * 100] * 2000)
    assert (counting.tokenized, counting.shapes) == (11, [])
    assert MOST_TOKENS_OF_TEXTS == 300_000


def test_counting_gives_neighbours_their_turn() -> None:
    steps = embedding_steps(
        ["a" * 8000] * 100, tokenize=Counting().tokenize, compute=Counting().compute, context_tokens=256
    )
    assert next(steps) == Step()
