"""The requests that `/invocations` understands: OpenAI's chat and embeddings forms, and TGI's and TEI's `inputs`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from containers.llm_cpu.body import Fields, read_object
from containers.llm_cpu.engine import EngineKind, GenerationRequest, Message, Sampling
from containers.llm_cpu.errors import RequestRefused
from containers.llm_cpu.limits import (
    MOST_CHARACTERS_OF_TEXTS,
    MOST_MESSAGES,
    MOST_STOP_BYTES,
    MOST_STOP_STRINGS,
    MOST_TEXTS,
    refuse_what_cannot_fit,
)

# What the engine keeps it in.
_HIGHEST_TOP_K = (1 << 31) - 1
_HIGHEST_SEED = (1 << 63) - 1


@dataclass(frozen=True, kw_only=True)
class GenerationCall:
    form: Literal["chat", "tgi"]
    request: GenerationRequest


@dataclass(frozen=True, kw_only=True)
class EmbeddingCall:
    form: Literal["openai", "tei"]
    texts: tuple[str, ...]


def read_invocation(
    body: bytes, kind: EngineKind, *, default_max_tokens: int, context_tokens: int
) -> GenerationCall | EmbeddingCall:
    """What is dear for the engine (templates, tokens) is bounded here, before the engine sees it."""
    fields = read_object(body)
    if kind == "embedding":
        return _embedding(fields, context_tokens)
    if fields.has("messages"):
        return _chat(fields, default_max_tokens, context_tokens)
    if fields.has("inputs"):
        return _text_generation(fields, default_max_tokens, context_tokens)
    raise RequestRefused(
        'the body has neither "messages" (chat) nor "inputs" (text to continue); this model generates text'
    )


def _chat(fields: Fields, default_max_tokens: int, context_tokens: int) -> GenerationCall:
    fields.refuse("n", allowed=(1,), reason="this container gives one answer a request")
    for name in ("logprobs", "top_logprobs", "tools", "functions", "logit_bias"):
        fields.refuse(name, allowed=(False, 0, [], {}), reason="this container does not support it; leave it out")
    fields.part("response_format").refuse(
        "type", allowed=("text",), reason="this container answers with plain text only"
    )
    messages = _messages(fields.members["messages"])
    characters = sum(len(part.role) + len(part.content) for part in messages)
    refuse_what_cannot_fit("the conversation", characters, context_tokens=context_tokens)
    limit = "max_completion_tokens" if fields.has("max_completion_tokens") else "max_tokens"
    return GenerationCall(
        form="chat",
        request=GenerationRequest(
            prompt=messages,
            sampling=_sampling(
                fields, limit, default_max_tokens, fields.number("temperature", default=0, lowest=0, highest=2)
            ),
            stream=fields.flag("stream"),
        ),
    )


def _text_generation(fields: Fields, default_max_tokens: int, context_tokens: int) -> GenerationCall:
    texts = fields.texts("inputs")
    if len(texts) != 1:
        raise RequestRefused(f"inputs holds {len(texts)} texts; this container continues one text a request")
    refuse_what_cannot_fit("inputs", len(texts[0]), context_tokens=context_tokens)
    parameters = fields.part("parameters")
    sampled = parameters.flag("do_sample")
    temperature = parameters.number("temperature", default=1 if sampled else 0, lowest=0, highest=100)
    return GenerationCall(
        form="tgi",
        request=GenerationRequest(
            prompt=texts[0],
            sampling=_sampling(parameters, "max_new_tokens", default_max_tokens, temperature),
            stream=fields.flag("stream"),
        ),
    )


def _embedding(fields: Fields, context_tokens: int) -> EmbeddingCall:
    name = "input" if fields.has("input") else "inputs"
    texts = fields.texts(name)
    if not texts:
        raise RequestRefused(
            'the body has neither "input" nor "inputs" with at least one text; this model embeds texts'
        )
    if len(texts) > MOST_TEXTS:
        raise RequestRefused(f"{name} holds {len(texts)} texts; at most {MOST_TEXTS} fit one request")
    for place, text in enumerate(texts):
        refuse_what_cannot_fit(f"text {place}", len(text), context_tokens=context_tokens)
    characters = sum(map(len, texts))
    if characters > MOST_CHARACTERS_OF_TEXTS:
        raise RequestRefused(
            f"{name} holds {characters} characters; at most {MOST_CHARACTERS_OF_TEXTS} fit one request: send the texts "
            "in several"
        )
    if fields.flag("stream"):
        raise RequestRefused("stream is true; embeddings come in one piece")
    return EmbeddingCall(form="openai" if name == "input" else "tei", texts=texts)


def _sampling(fields: Fields, limit: str, default_max_tokens: int, temperature: float) -> Sampling:
    seed = fields.whole_number("seed", default=-1, lowest=0, highest=_HIGHEST_SEED)
    return Sampling(
        max_tokens=fields.whole_number(limit, default=default_max_tokens, lowest=1),
        temperature=temperature,
        top_p=fields.number("top_p", default=1, lowest=0.000_001, highest=1),
        top_k=max(0, fields.whole_number("top_k", default=0, lowest=-1, highest=_HIGHEST_TOP_K)),
        repetition_penalty=fields.number("repetition_penalty", default=1, lowest=0.01, highest=10),
        presence_penalty=fields.number("presence_penalty", default=0, lowest=-2, highest=2),
        frequency_penalty=fields.number("frequency_penalty", default=0, lowest=-2, highest=2),
        seed=None if seed < 0 else seed,
        stop=_stop(fields),
        ignore_eos=fields.flag("ignore_eos"),
    )


def _stop(fields: Fields) -> tuple[str, ...]:
    """Every one is looked for with every token."""
    strings = fields.texts("stop")
    if len(strings) > MOST_STOP_STRINGS:
        raise RequestRefused(
            f"{fields.prefix}stop holds {len(strings)} texts; at most {MOST_STOP_STRINGS} fit one request"
        )
    size_bytes = sum(len(string.encode()) for string in strings)
    if size_bytes > MOST_STOP_BYTES:
        raise RequestRefused(f"{fields.prefix}stop holds {size_bytes} bytes; at most {MOST_STOP_BYTES} fit one request")
    return strings


def _messages(value: object) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        raise RequestRefused("messages must be a list with at least one message")
    if len(value) > MOST_MESSAGES:
        raise RequestRefused(f"messages holds {len(value)} messages; at most {MOST_MESSAGES} fit one request")
    return tuple(_message(position, part) for position, part in enumerate(value))


def _message(position: int, value: object) -> Message:
    role = value.get("role") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(role, str) or not role:
        raise RequestRefused(
            f'messages[{position}] must be a JSON object with a "role", such as "user", and a "content"'
        )
    content = value.get("content")
    if isinstance(content, list):
        content = "".join(_text_part(position, part) for part in content)
    if not isinstance(content, str):
        raise RequestRefused(f"messages[{position}].content must be a text or a list of text parts")
    return Message(role=role, content=content)


def _text_part(position: int, value: object) -> str:
    if isinstance(value, dict) and value.get("type") == "text" and isinstance(value.get("text"), str):
        return str(value["text"])
    raise RequestRefused(f"messages[{position}].content holds a part that is not text; this model reads text only")
