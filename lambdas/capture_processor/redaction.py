"""Bodies with their personal data replaced by what kind it was: `[email]`, `[phone]`."""

from __future__ import annotations

import binascii
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lambdas.capture_processor.message_text import streamed_answer, streamed_parts
from lambdas.capture_processor.payload import Payload, is_shallow
from lambdas.capture_processor.personal_data import find, number_kind

# Prompts as token ids and embeddings can be turned back into text (https://arxiv.org/abs/2310.06816).
_VECTOR_LENGTH = 8
_VECTOR_KEYS = frozenset(
    {
        "embedding", "embeddings", "token_ids", "prompt_token_ids", "input_ids", "input_token_ids", "output_token_ids",
        "completion_token_ids", "generated_token_ids", "logits", "hidden_states",
    }
)  # fmt: skip
_PROMPT_KEYS = frozenset({"prompt", "input", "inputs"})
# What interfaces call numbers of their own, so that a seed is no social security number.
_NO_PERSONS = frozenset(
    {
        "seed", "random_seed", "created", "created_at", "updated_at", "expires_at", "timestamp", "time", "max_tokens",
        "max_new_tokens", "max_completion_tokens", "index", "n",
    }
)  # fmt: skip
# A token that may be base64, also one that is broken into lines, and from where on one that is no text is bytes, such
# as a picture's.
_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{40,}(?:\r?\n[ \t]*[A-Za-z0-9+/_-]{40,})*(?:\r?\n[ \t]*[A-Za-z0-9+/_-]+)?"
    r"|[A-Za-z0-9+/_-]{12,})={0,2}"
)
_LONG_BASE64 = 1024
_HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}")
_NOT_PRINTABLE = bytes(code for code in range(256) if not 32 <= code < 127)
_MOSTLY = 0.7
# How often a text may be encoded in another that is.
_DEEPEST_ENCODING = 3
# Characters or tokens of a text that is in pieces.
_LONGEST_PIECE = 12
_URL_SAFE = {ord("-"): "+", ord("_"): "/"}
# The text once more, in pieces too small to find anything in (details of Text Generation Inference, OpenAI's logprobs).
_TOKEN_KEYS = frozenset({"tokens", "top_tokens", "prefill", "logprobs", "top_logprobs", "prompt_logprobs"})


@dataclass
class Redaction:
    """Redacts, and counts by kind what it replaced."""

    replaced: Counter[str] = field(default_factory=Counter)

    def text(self, text: str) -> str:
        """The text with each find replaced; JSON in a text, as a tool's arguments are, is looked into."""
        if text[:1] == "{" or (text[:1] == "[" and "\\u" in text):
            inside = _json(text)
            if inside is not None:
                copy = self.value(inside)
                return text if copy == inside else json.dumps(copy, ensure_ascii=False)
        text = _BASE64.sub(self._encoded, text)
        pieces, place = [], 0
        for (start, end), kind in find(text):
            pieces += [text[place:start], f"[{kind}]"]
            place = end
            self.replaced[kind] += 1
        return "".join([*pieces, text[place:]])

    def value(self, value: Any, key: str = "") -> Any:
        """A JSON value: every text and number in it at any depth, keys as well; vectors become their length."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            if _is_in_pieces(value):
                self.replaced["pieces"] += 1
                return {"left_out": "pieces", "items": len(value)}
            return _left_out(value) if _is_vector(value) else [self.value(one, key) for one in value]
        if isinstance(value, dict):
            return {self.text(name): self._member(name, one) for name, one in value.items()}
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._number(value, key)
        return value

    def _number(self, value: float, key: str) -> Any:
        if isinstance(value, float) and not value.is_integer():
            return value
        kind = number_kind(abs(int(value)))
        if kind is None or (kind != "card" and key in _NO_PERSONS):
            return value
        self.replaced[kind] += 1
        return f"[{kind}]"

    def _encoded(self, token: re.Match[str]) -> str:
        """A token as it is, unless it is base64 of a text with something in it, or of many bytes that are no text."""
        text = token.group()
        found = _holds(text, _DEEPEST_ENCODING)
        if found is None:
            if len(text) < _LONG_BASE64:
                return text
            self.replaced["bytes"] += 1
            return "[bytes]"
        if not found:
            return text
        self.replaced["base64"] += 1
        return "[base64]"

    def payload(self, payload: Payload) -> Payload:
        """The copy of a body.

        A streamed response becomes one text, since what is split over two of its parts cannot be seen in either. A
        body that is no text cannot be looked into and is left out, and so are parts of an unknown form where something
        is split.
        """
        content_type = None if payload.content_type is None else self.text(payload.content_type)
        if payload.form == "binary":
            return Payload(content_type, "binary", None)
        if payload.form == "json":
            return Payload(content_type, "json", self.value(payload.body))
        text = str(payload.body)
        parts = streamed_parts(text)
        said = streamed_answer(text, parts).text
        if parts and said is not None:
            return Payload(content_type, "text", self.text(said))
        if _hide_something_together(parts):
            return Payload(content_type, "text", None)
        lines = [_json(line) for line in text.splitlines() if line.strip()]
        if lines and all(line is not None for line in lines):
            return Payload(
                content_type,
                "text",
                "\n".join(json.dumps(self.value(one), ensure_ascii=False) for one in lines),
            )
        return Payload(content_type, "text", self.text(text if said is None else said))

    def _member(self, key: str, value: Any) -> Any:
        if key in _TOKEN_KEYS and isinstance(value, (list, dict)):
            return {"left_out": "tokens", "items": len(value)}
        if key in _VECTOR_KEYS | _PROMPT_KEYS and isinstance(value, list) and (numbers := _numbers_in(value)):
            return {"left_out": "vector", "numbers": numbers}
        # A server may answer embeddings as base64 of their bytes (`encoding_format`), where no pattern finds anything.
        if key in _VECTOR_KEYS and isinstance(value, str):
            return {"left_out": "vector", "characters": len(value)}
        return self.value(value, key)


def _holds(encoded: str, depth: int) -> bool | None:
    """Whether a token is base64, or hexadecimal digits, of a text with something in it; None for what is no text."""
    standard = "".join(encoded.split()).rstrip("=").translate(_URL_SAFE)
    if _HEXADECIMAL.fullmatch(standard):
        contents = bytes.fromhex(standard)
    else:
        # What is one character too long is joined from two tokens: the first is looked at.
        standard = standard[: len(standard) - (len(standard) % 4 == 1)]
        contents = binascii.a2b_base64(standard + "=" * (-len(standard) % 4))
    contents = contents.replace(b"\0", b"")
    try:
        text = contents.decode("utf-8")
    except UnicodeDecodeError:
        if len(contents.translate(None, _NOT_PRINTABLE)) < _MOSTLY * len(contents):
            # Lines of hexadecimal digits are hashes, one beside the other.
            return False if "\n" in encoded and _HEXADECIMAL.fullmatch(standard) else None
        text = contents.decode("latin-1")
    if find(text):
        return True
    return depth > 1 and any(_holds(token.group(), depth - 1) for token in _BASE64.finditer(text))


def _is_in_pieces(value: list[Any]) -> bool:
    """Whether characters or tokens hold more when they are joined than each by itself."""
    if len(value) < 2 or not all(isinstance(one, str) and len(one) <= _LONGEST_PIECE for one in value):
        return False
    return len(find("".join(value))) > sum(len(find(one)) for one in value)


def _hide_something_together(parts: list[dict[str, Any]]) -> bool:
    """Whether texts at the same place of several parts hold more when they are joined than each by itself."""
    texts: dict[str, list[str]] = {}
    for part in parts:
        for path, text in _texts(part, ""):
            texts.setdefault(path, []).append(text)
    return any(len(find("".join(pieces))) > sum(len(find(piece)) for piece in pieces) for pieces in texts.values())


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(one, f"{path}/{key}")
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, f"{path}/")


def _numbers_in(value: list[Any]) -> int:
    """How many numbers a list of numbers, or of such lists, holds; 0 where it holds something else."""
    if _are_numbers(value):
        return len(value)
    inside = [_numbers_in(one) if isinstance(one, list) else 0 for one in value]
    return sum(inside) if all(inside) else 0


def _is_vector(value: list[Any]) -> bool:
    return len(value) >= _VECTOR_LENGTH and _are_numbers(value)


def _are_numbers(value: list[Any]) -> bool:
    return all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in value)


def _json(text: str) -> Any:
    """The object or array that a text is; None where it is none, or too deep to be walked through."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if is_shallow(found) else None


def _left_out(value: list[Any]) -> dict[str, Any]:
    return {"left_out": "vector", "numbers": len(value)}
