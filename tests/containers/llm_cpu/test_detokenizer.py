from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from containers.llm_cpu.detokenizer import ByteDetokenizer, Detokenizer, WindowDetokenizer, detokenizers

_CONTENT = st.lists(st.text(max_size=12), max_size=12).map("".join).map(str.encode)
_CUTS = st.lists(st.integers(0, 200), max_size=80)


def cut(content: bytes, cuts: list[int]) -> list[bytes]:
    """Tokens as a byte-level tokenizer makes them: bytes cut anywhere, characters or not."""
    edges = [0, *sorted(min(place, len(content)) for place in cuts), len(content)]
    return [content[start:end] for start, end in zip(edges, edges[1:], strict=False)]


def pieces(detokenizer: Detokenizer, count: int) -> list[str]:
    return [detokenizer.text([token], last=token == count - 1) for token in range(count)]


@given(content=_CONTENT, cuts=_CUTS)
def test_the_pieces_add_up_to_the_text_wherever_tokens_cut_characters(content: bytes, cuts: list[int]) -> None:
    tokens = cut(content, cuts)
    assert "".join(pieces(ByteDetokenizer(tokens), len(tokens))) == content.decode()


@given(content=_CONTENT, cuts=_CUTS)
def test_the_same_holds_for_a_window_over_a_tokenizer_that_decodes_whole_lists(content: bytes, cuts: list[int]) -> None:
    tokens = cut(content, cuts)

    def decode(window: list[int]) -> str:
        return b"".join(tokens[token] for token in window).decode(errors="replace")

    assert "".join(pieces(WindowDetokenizer(decode), len(tokens))) == content.decode()


def test_a_window_keeps_the_spaces_that_a_tokenizer_drops_at_the_start_of_a_text() -> None:
    words = [f"w{number}" for number in range(60)]

    def decode(window: list[int]) -> str:
        return " ".join(words[token] for token in window)

    assert "".join(pieces(WindowDetokenizer(decode), len(words))) == " ".join(words)


@pytest.mark.parametrize("kind", [ByteDetokenizer, WindowDetokenizer])
def test_half_a_character_is_given_out_only_when_nothing_follows(kind: type) -> None:
    tokens = ["é".encode()[:1]]
    decode = {
        ByteDetokenizer: tokens,
        WindowDetokenizer: lambda window: b"".join(tokens * len(window)).decode(errors="replace"),
    }
    assert kind(decode[kind]).text([0], last=False) == ""
    assert kind(decode[kind]).text([0], last=True) == "\N{REPLACEMENT CHARACTER}"


def tokenizer(vocabulary: dict[bytes, int], *, special: set[int] = frozenset(), lead: str = "") -> Any:  # type: ignore[assignment]
    """One token a byte; `lead` is what it puts before a text, as some tokenizers do."""
    words = {token: content for content, token in vocabulary.items()}

    def decode(tokens: list[Any]) -> Any:
        if tokens and isinstance(tokens[0], list):
            return [decode(inner) for inner in tokens]
        return lead + b"".join(words[token] for token in tokens if token not in special).decode(errors="ignore")

    def encode(text: str, *, add_special_tokens: bool) -> Any:
        ids = [vocabulary[bytes([byte])] for byte in text.encode()]
        return SimpleNamespace(input_ids=SimpleNamespace(data=[ids]))

    return SimpleNamespace(get_vocab=lambda: vocabulary, decode=decode, encode=encode)


BYTES = {bytes([byte]): byte for byte in range(256)}


def test_a_tokenizer_of_bytes_is_recognised_and_its_special_tokens_stay_silent() -> None:
    made = detokenizers(tokenizer({**BYTES, b"<end>": 256}, special={256}))()
    assert isinstance(made, ByteDetokenizer)
    assert made.text([72, 105, 256], last=True) == "Hi"


def test_a_tokenizer_that_writes_texts_otherwise_gets_a_window() -> None:
    assert isinstance(detokenizers(tokenizer(BYTES, lead=" "))(), WindowDetokenizer)
