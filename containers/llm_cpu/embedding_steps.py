"""The work of one embedding request, cut into steps, so that neighbours come in between and no text makes others dear.

Texts are counted without padding, one by one, and refused at the first that is too long. What is computed together is
of like length and padded to its own longest: a long text among short ones costs what it costs alone.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from containers.llm_cpu.errors import RequestRefused
from containers.llm_cpu.limits import MOST_TOKENS_OF_TEXTS, refuse_what_cannot_fit

MOST_ROWS = 32
MOST_BATCH_TOKENS = 2_048
"""Padding included, unless one text alone is longer. More gains nothing on a CPU and keeps neighbours waiting."""
_CHARACTERS_A_STEP = 65_536

Tokenize = Callable[[str], Sequence[int]]
Compute = Callable[[Sequence[Sequence[int]]], Sequence[Sequence[float]]]
"""Vectors of texts given as token ids of different lengths."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """Vectors that are ready, each with its text's place; none while texts are still counted."""

    places: Sequence[int] = ()
    vectors: Sequence[Sequence[float]] = ()


def embedding_steps(
    texts: Sequence[str], *, tokenize: Tokenize, compute: Compute, context_tokens: int
) -> Iterator[Step | int]:
    """Steps and, as the last, the number of tokens. Raises `RequestRefused`."""
    encoded: list[array[int]] = []
    tokens = characters = 0
    for place, text in enumerate(texts):
        refuse_what_cannot_fit(f"text {place}", len(text), context_tokens=context_tokens)
        ids = array("q", tokenize(text))
        if len(ids) > context_tokens:
            raise RequestRefused(
                f"text {place} has {len(ids)} tokens; this model's context holds {context_tokens}: shorten the text"
            )
        tokens += len(ids)
        if tokens > MOST_TOKENS_OF_TEXTS:
            raise RequestRefused(
                f"the first {place + 1} of {len(texts)} texts have {tokens} tokens; one request may have "
                f"{MOST_TOKENS_OF_TEXTS}: send the texts in several requests"
            )
        encoded.append(ids)
        characters += len(text)
        if characters >= _CHARACTERS_A_STEP:
            characters = 0
            yield Step()
    for places in batches([len(ids) for ids in encoded]):
        yield Step(places=places, vectors=compute([encoded[place] for place in places]))
    yield tokens


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places, shortest texts first: what is padded is then padded to little more than it has."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        # The one that comes is the longest so far, to which all of the batch would be padded.
        if batch and (len(batch) == MOST_ROWS or (len(batch) + 1) * lengths[place] > MOST_BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
