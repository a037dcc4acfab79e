"""What a model said and how fast, read from the bodies that OpenAI's chat form defines."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from modelyard.shell.failure import Failure


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answered request; times in seconds as the caller saw them, None where they cannot be told.

    `streamed` tells how the times were measured: on the stream itself, or, for kinds that cannot stream, from one
    request for a single token beside one for all of them. `result_uri` is where an asynchronous answer lies.
    """

    text: str
    prompt_tokens: int | None
    completion_tokens: int | None
    total_seconds: float
    first_token_seconds: float | None = None
    seconds_per_token: float | None = None
    streamed: bool = False
    result_uri: str | None = None


def read_chat(body: bytes, *, total_seconds: float) -> Answer:
    """The answer of a request that was not streamed."""
    content = _object(body)
    try:
        text = str(content["choices"][0]["message"]["content"])
    except (KeyError, IndexError, TypeError) as error:
        raise Failure(f"the endpoint answered something that is no chat completion: {_short(body)}") from error
    usage = content.get("usage") or {}
    return Answer(
        text=text,
        prompt_tokens=usage.get("prompt_tokens"),
        completion_tokens=usage.get("completion_tokens"),
        total_seconds=total_seconds,
    )


def read_embedding(body: bytes, *, total_seconds: float) -> Answer:
    """The answer of an embedding model, shown as its length and first numbers."""
    content = _object(body)
    try:
        vector = [float(number) for number in content["data"][0]["embedding"]]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise Failure(f"the endpoint answered something that is no embedding: {_short(body)}") from error
    first = ", ".join(f"{number:.3f}" for number in vector[:3])
    return Answer(
        text=f"[{first}, ...] ({len(vector)} dimensions)",
        prompt_tokens=(content.get("usage") or {}).get("prompt_tokens"),
        completion_tokens=None,
        total_seconds=total_seconds,
    )


def read_stream(
    portions: Iterable[bytes], *, began: float, on_text: Callable[[str], None] = lambda text: None
) -> Answer:
    """The answer of a streamed request; `began` is `time.perf_counter()` from before it was sent.

    SageMaker cuts the stream where it likes: a portion may end in the middle of an event, or of a character.
    """
    texts: list[str] = []
    usage: dict[str, Any] = {}
    first = last = 0.0
    for data in _events(portions):
        if data == "[DONE]":
            break
        chunk = _object(data.encode())
        if "error" in chunk:
            raise Failure(f"the model stopped in the middle of its answer: {_short(data.encode())}")
        usage = chunk.get("usage") or usage
        text = "".join(str(choice.get("delta", {}).get("content") or "") for choice in chunk.get("choices", []))
        if text:
            last = time.perf_counter()
            first = first or last
            texts.append(text)
            on_text(text)
    else:
        raise Failure("the stream ended before the answer was complete: the model's log tells why")
    # Without `usage` (an option that some engines lack) a chunk is taken for a token.
    tokens = int(usage.get("completion_tokens") or len(texts))
    return Answer(
        text="".join(texts),
        prompt_tokens=usage.get("prompt_tokens"),
        completion_tokens=tokens,
        total_seconds=time.perf_counter() - began,
        first_token_seconds=first - began if texts else None,
        seconds_per_token=(last - first) / (tokens - 1) if tokens > 1 else None,
        streamed=True,
    )


def _events(portions: Iterable[bytes]) -> Iterator[str]:
    """The `data:` of each server-sent event."""
    rest = b""
    for portion in portions:
        *lines, rest = (rest + portion).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line.removeprefix(b"data:").strip().decode("utf-8")


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Failure(f"the endpoint answered something that is no JSON object: {_short(body)}")
    return content


def _short(body: bytes) -> str:
    return body[:200].decode("utf-8", errors="replace")
