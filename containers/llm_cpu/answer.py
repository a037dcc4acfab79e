"""The answers of `/invocations`, in the form that the request was made in."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from containers.llm_cpu.engine import Embeddings, FinishReason

_ROWS_A_PART = 64
_DONE = b"data: [DONE]\n\n"
# `json.dumps` with settings of its own makes an encoder each time, and there is a chunk for every token.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, kw_only=True)
class Generated:
    """A finished generation."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: FinishReason

    def usage(self) -> dict[str, int]:
        total = self.prompt_tokens + self.completion_tokens
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens, "total_tokens": total}


class GenerationAnswer(Protocol):
    def whole(self, generated: Generated) -> object: ...

    def chunk(self, text: str) -> bytes:
        """One event of the stream."""
        ...

    def last_chunk(self, generated: Generated) -> bytes: ...


class ChatAnswer:
    """OpenAI's chat completions. The role comes with the first text, so that a first chunk means a first token."""

    def __init__(self, model: str) -> None:
        self._head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}
        # Chunks differ in their text only, and there is one for every token: the rest is written once.
        self._before_text, self._after_text = b"", b""

    def whole(self, generated: Generated) -> object:
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": generated.text},
            "finish_reason": generated.finish_reason,
        }
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": generated.usage()}

    def chunk(self, text: str) -> bytes:
        if not self._before_text:
            mark = b'"<text>"'
            self._before_text, self._after_text = self._chunk({"content": "<text>"}).split(mark)
            return self._chunk({"role": "assistant", "content": text})
        return self._before_text + _encode(text).encode() + self._after_text

    def last_chunk(self, generated: Generated) -> bytes:
        return self._chunk({}, finish_reason=generated.finish_reason, usage=generated.usage()) + _DONE

    def _chunk(
        self, delta: dict[str, str], *, finish_reason: str | None = None, usage: dict[str, int] | None = None
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        chunk = {**self._head, "object": "chat.completion.chunk", "choices": [choice]}
        return event(chunk if usage is None else {**chunk, "usage": usage})


@dataclass(kw_only=True)
class TextGenerationAnswer:
    """TGI's form; `details` always comes along, for the tokens in it."""

    index: int = 0

    def whole(self, generated: Generated) -> object:
        return [{"generated_text": generated.text, "details": self._details(generated)}]

    def chunk(self, text: str) -> bytes:
        self.index += 1
        token = {"text": text, "special": False}
        return event({"index": self.index, "token": token, "generated_text": None, "details": None})

    def last_chunk(self, generated: Generated) -> bytes:
        last = {
            "index": self.index + 1,
            "token": {"text": "", "special": True},
            "generated_text": generated.text,
            "details": self._details(generated),
        }
        return event(last) + _DONE

    def _details(self, generated: Generated) -> dict[str, object]:
        return {
            "finish_reason": "eos_token" if generated.finish_reason == "stop" else "length",
            "generated_tokens": generated.completion_tokens,
            "input_length": generated.prompt_tokens,
        }


def embeddings_parts(embeddings: Embeddings, *, form: str, model: str) -> Iterator[bytes]:
    """The answer in one part, or in several where it is large."""
    if form == "tei":
        before, after = "[", "]"
        rows = (_encode(list(vector)) for vector in embeddings.vectors)
    else:
        usage = {"prompt_tokens": embeddings.prompt_tokens, "total_tokens": embeddings.prompt_tokens}
        before, after = '{"object":"list","data":[', f'],"model":{_encode(model)},"usage":{_encode(usage)}}}'
        rows = (
            _encode({"object": "embedding", "index": index, "embedding": list(vector)})
            for index, vector in enumerate(embeddings.vectors)
        )
    left = len(embeddings.vectors)
    while left > _ROWS_A_PART:
        yield (before + ",".join(islice(rows, _ROWS_A_PART))).encode()
        before = ","
        left -= _ROWS_A_PART
    yield (before + ",".join(rows) + after).encode()


def error_body(sentence: str, status: int) -> dict[str, object]:
    kind = "invalid_request_error" if 400 <= status < 500 else "server_error"
    return {"error": {"message": sentence, "type": kind, "code": status}}


def encoded_error(sentence: str, status: int) -> bytes:
    return _encode(error_body(sentence, status)).encode()


def event(content: object) -> bytes:
    """One server-sent event."""
    return b"data: " + _encode(content).encode() + b"\n\n"
