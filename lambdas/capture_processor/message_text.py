"""What people and models said, in the forms in which the engines take and give it.

Requests: chat and text completions and embeddings (https://platform.openai.com/docs/api-reference) and Text Generation
Inference (https://huggingface.github.io/text-generation-inference/). Responses: the same, whole or streamed as
server-sent events or JSON lines; `generation` of JumpStart's Llama images
(https://docs.aws.amazon.com/sagemaker/latest/dg/jumpstart-foundation-models-use-python-sdk.html); and what
handlers that people write call their answer, where it is text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lambdas.capture_processor.payload import Payload, is_shallow

_ANSWER_KEYS = (
    "generated_text", "generation", "predictions", "outputs", "output", "output_text", "text", "response", "completion",
    "delta", "message",
)  # fmt: skip
# Of a Parquet bigint.
_LARGEST_COUNT = 2**63 - 1
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class TokenUsage:
    """What the engine counted; None is what it did not tell, never an estimate."""

    input: int | None = None
    output: int | None = None
    cached_input: int | None = None


@dataclass(frozen=True)
class Answer:
    """A response: its text (None for vectors and binary bodies), its tokens, and whether the engine says it refused."""

    text: str | None
    usage: TokenUsage
    refused: bool = False


def request_text(payload: Payload) -> str | None:
    """Everything that was asked, roles and settings left out; None where a body has no text."""
    if payload.form == "binary":
        return None
    if payload.form == "text":
        return str(payload.body)
    if isinstance(payload.body, dict):
        for key in ("messages", "prompt", "inputs", "input", "text", "texts", "instances"):
            if key in payload.body:
                return _joined(_strings(payload.body[key]))
        return None
    return _joined(_strings(payload.body))


def answer_of(payload: Payload) -> Answer:
    """The response of a body."""
    if payload.form == "binary":
        return Answer(None, TokenUsage())
    if payload.form == "json":
        parts = payload.body if isinstance(payload.body, list) else [payload.body]
        if parts and all(isinstance(part, str) for part in parts):
            return Answer("\n".join(parts), TokenUsage())
        return _answer([part for part in parts if isinstance(part, dict)])
    return streamed_answer(str(payload.body), streamed_parts(str(payload.body)))


def streamed_answer(text: str, parts: list[dict[str, Any]]) -> Answer:
    """The response that a text is, of which these are the parts."""
    if parts:
        return _answer(parts, between="")
    return Answer(_streamed_text(text) or text, TokenUsage())


def streamed_parts(text: str) -> list[dict[str, Any]]:
    """The JSON objects of a streamed response, none where a text is no stream; a string is an object with that `text`.

    A stream may break off in the middle of its last part: the earlier ones count.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    events = any(line.startswith("data:") for line in lines)
    parts = []
    for place, line in enumerate(lines):
        if events:
            if not line.startswith("data:"):
                continue
            line = line.removeprefix("data:").strip()
        try:
            found = list(_values(line))
        except (ValueError, RecursionError):
            if events or place == len(lines) - 1:
                continue
            return []
        parts += [
            {"text": part} if isinstance(part, str) else part
            for part in found
            # What is too deep to be walked through is no part of any engine's stream.
            if isinstance(part, (dict, str)) and is_shallow(part)
        ]
    return parts


def _values(line: str) -> Iterator[Any]:
    """The JSON values of a line, which some servers write without anything between them."""
    place = 0
    while place < len(line):
        value, place = _DECODER.raw_decode(line, place)
        yield value
        while line[place : place + 1].isspace():
            place += 1


def _streamed_text(text: str) -> str | None:
    """What server-sent events say that are no JSON, such as pieces of text; None where there are no events."""
    lines = [line.strip("\r") for line in text.split("\n")]
    if not any(line.startswith("data:") for line in lines):
        return None
    said = (line.removeprefix("data:").removeprefix(" ") for line in lines if line.startswith("data:"))
    return "".join(piece for piece in said if piece != "[DONE]")


def _answer(parts: list[dict[str, Any]], *, between: str = "\n") -> Answer:
    """The answer of whole responses, or, with nothing `between`, of the parts of one that was streamed."""
    said: dict[int, list[str]] = {}
    usage, refused = TokenUsage(), False
    whole: list[str] = []
    tokens: list[str] = []
    for part in parts:
        for choice in _tables(part.get("choices")):
            message = choice.get("message") or choice.get("delta") or {}
            texts = _strings(message.get("content")) if isinstance(message, dict) else iter(())
            place = choice.get("index")
            said.setdefault(place if isinstance(place, int) else 0, []).extend([*texts, *_strings(choice.get("text"))])
            refusal = message.get("refusal") if isinstance(message, dict) else None
            refused = refused or bool(refusal) or choice.get("finish_reason") == "content_filter"
            if isinstance(refusal, str):
                said[place if isinstance(place, int) else 0].append(refusal)
        whole += next((found for key in _ANSWER_KEYS if key in part and (found := list(_strings(part[key])))), [])
        token = part.get("token")
        if isinstance(token, dict) and isinstance(token.get("text"), str):
            tokens.append(token["text"])
        usage = _usage(part) or usage
    # A streamed choice is one text in pieces; separate choices are separate texts.
    answers = ["".join(pieces) for pieces in said.values()]
    # A stream's last part may hold the whole text beside the tokens of all parts.
    answers = answers or ([between.join(whole)] if whole else []) or (["".join(tokens)] if tokens else [])
    return Answer("\n".join(answers) if answers else None, usage, refused)


def _usage(part: dict[str, Any]) -> TokenUsage | None:
    told = part.get("usage")
    if isinstance(told, dict):
        details = told.get("prompt_tokens_details")
        return TokenUsage(
            input=_count(told.get("prompt_tokens", told.get("input_tokens"))),
            output=_count(told.get("completion_tokens", told.get("output_tokens"))),
            cached_input=_count(details.get("cached_tokens")) if isinstance(details, dict) else None,
        )
    details = part.get("details")
    if isinstance(details, dict):
        return TokenUsage(input=_count(details.get("input_length")), output=_count(details.get("generated_tokens")))
    return None


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_COUNT
    return value if is_count else None


def _tables(value: Any) -> Iterator[dict[str, Any]]:
    yield from (one for one in (value if isinstance(value, list) else []) if isinstance(one, dict))


def _strings(value: Any) -> Iterator[str]:
    """The texts of a prompt, a list of prompts, messages, or the parts of a message that are text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, dict):
        for key in ("content", "text", "prompt", "inputs", *_ANSWER_KEYS[:2]):
            if key in value:
                yield from _strings(value[key])
                return


def _joined(texts: Iterator[str]) -> str | None:
    found = list(texts)
    return "\n".join(found) if found else None
