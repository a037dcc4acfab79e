"""Tokens to text, while they come."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from typing import Any, Protocol

_INCOMPLETE = "\N{REPLACEMENT CHARACTER}"
_WINDOW_TOKENS = 24
_OVERLAP_TOKENS = 6
_SAMPLE = "Straße, 42 naïve cafés — 你好 😀: don't\n\n    indent"


class Detokenizer(Protocol):
    """The text of one generation."""

    def text(self, tokens: Sequence[int], *, last: bool) -> str:
        """What these tokens add. Nothing is given out of a character that is not complete, unless it is the last."""
        ...


class ByteDetokenizer:
    """For tokenizers whose tokens are bytes, as those of GPT-2, Llama 3, Qwen and SmolLM: joins and decodes them."""

    def __init__(self, token_bytes: Sequence[bytes]) -> None:
        self._token_bytes = token_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def text(self, tokens: Sequence[int], *, last: bool) -> str:
        return self._decoder.decode(b"".join([self._token_bytes[token] for token in tokens]), final=last)


class WindowDetokenizer:
    """For any other: decodes a window of the last tokens each time, because a tokenizer may write a token differently
    at the start of a text. This costs an inference of the tokenizer's model for every token."""

    def __init__(self, decode: Callable[[list[int]], str]) -> None:
        self._decode = decode
        self._window: list[int] = []
        self._given = 0

    def text(self, tokens: Sequence[int], *, last: bool) -> str:
        self._window.extend(tokens)
        decoded = self._decode(self._window)
        if decoded.endswith(_INCOMPLETE) and not last:
            return ""
        new = decoded[self._given :]
        self._given = len(decoded)
        if len(self._window) >= _WINDOW_TOKENS:
            self._window = self._window[-_OVERLAP_TOKENS:]
            self._given = len(self._decode(self._window))
        return new


def detokenizers(tokenizer: Any) -> Callable[[], Detokenizer]:
    """The fastest kind that is right for this OpenVINO GenAI tokenizer."""
    table = _token_bytes(tokenizer)
    if table is None:
        return lambda: WindowDetokenizer(tokenizer.decode)
    return lambda: ByteDetokenizer(table)


def _token_bytes(tokenizer: Any) -> list[bytes] | None:
    """The bytes of every token, nothing for special ones; None if texts are not simply these bytes in a row."""
    vocabulary: dict[bytes, int] = tokenizer.get_vocab()
    table = [b""] * (max(vocabulary.values()) + 1)
    for content, token in vocabulary.items():
        table[token] = content
    for token, decoded in enumerate(tokenizer.decode([[token] for token in range(len(table))])):
        if not decoded and _is_text(table[token]):
            table[token] = b""
        elif _is_text(table[token]) and decoded.encode() != table[token]:
            return None
    sample = tokenizer.encode(_SAMPLE, add_special_tokens=False).input_ids.data[0]
    return table if b"".join(table[token] for token in sample) == _SAMPLE.encode() else None


def _is_text(content: bytes) -> bool:
    """Tokens that cut a character in the middle decode to nothing or to a mark, so they cannot be compared alone."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
