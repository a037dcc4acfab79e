"""Bodies with their personal data replaced by what kind it was: `[email]`, `[phone]`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lambdas.capture_processor.message_text import answer_of, streamed_parts
from lambdas.capture_processor.payload import Payload, is_shallow
from lambdas.capture_processor.personal_data import find, is_card_number

# Prompts as token ids and embeddings can be turned back into text (https://arxiv.org/abs/2310.06816).
_VECTOR_LENGTH = 8
_VECTOR_KEYS = frozenset({"embedding", "embeddings", "token_ids", "prompt_token_ids"})
_PROMPT_KEYS = frozenset({"prompt", "input", "inputs"})
# The text once more, in pieces too small to find anything in (details of Text Generation Inference, OpenAI's logprobs).
_TOKEN_KEYS = frozenset({"tokens", "top_tokens", "prefill", "logprobs", "top_logprobs", "prompt_logprobs"})


@dataclass
class Redaction:
    """Redacts, and counts by kind what it replaced."""

    replaced: Counter[str] = field(default_factory=Counter)

    def text(self, text: str) -> str:
        """The text with each find replaced; JSON in a text, as a tool's arguments are, is looked into."""
        if text[:1] in ("{", "[") and "\\u" in text and (inside := _json(text)) is not None:
            return json.dumps(self.value(inside), ensure_ascii=False)
        pieces, place = [], 0
        for (start, end), kind in find(text):
            pieces += [text[place:start], f"[{kind}]"]
            place = end
            self.replaced[kind] += 1
        return "".join([*pieces, text[place:]])

    def value(self, value: Any) -> Any:
        """A JSON value: every text in it at any depth, keys as well; vectors become their length."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return _left_out(value) if _is_vector(value) else [self.value(one) for one in value]
        if isinstance(value, dict):
            return {self.text(key): self._member(key, one) for key, one in value.items()}
        if isinstance(value, int) and not isinstance(value, bool) and is_card_number(str(value)):
            self.replaced["card"] += 1
            return "[card]"
        return value

    def payload(self, payload: Payload) -> Payload:
        """The copy of a body.

        A streamed response becomes one text, since what is split over two of its parts cannot be seen in either. A
        body that is no text cannot be looked into and is left out, and so are parts of an unknown form where something
        is split.
        """
        if payload.form == "binary":
            return Payload(payload.content_type, "binary", None)
        if payload.form == "json":
            return Payload(payload.content_type, "json", self.value(payload.body))
        text = str(payload.body)
        said, parts = answer_of(payload).text, streamed_parts(text)
        if parts and said is not None:
            return Payload(payload.content_type, "text", self.text(said))
        if _hide_something_together(parts):
            return Payload(payload.content_type, "text", None)
        lines = [_json(line) for line in text.splitlines() if line.strip()]
        if lines and all(line is not None for line in lines):
            return Payload(
                payload.content_type,
                "text",
                "\n".join(json.dumps(self.value(one), ensure_ascii=False) for one in lines),
            )
        return Payload(payload.content_type, "text", self.text(text if said is None else said))

    def _member(self, key: str, value: Any) -> Any:
        if key in _TOKEN_KEYS and isinstance(value, (list, dict)):
            return {"left_out": "tokens", "items": len(value)}
        if key in _VECTOR_KEYS | _PROMPT_KEYS and isinstance(value, list) and value and _are_numbers(value):
            return _left_out(value)
        # A server may answer embeddings as base64 of their bytes (`encoding_format`), where no pattern finds anything.
        if key in _VECTOR_KEYS and isinstance(value, str):
            return {"left_out": "vector", "characters": len(value)}
        return self.value(value)


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
