"""What the server asks of an engine, whichever library does the work."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

EngineKind = Literal["generation", "embedding"]
FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How tokens are chosen. Temperature 0 is greedy: the likeliest token each time."""

    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    """0 considers every token."""
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    ignore_eos: bool = False


@dataclass(frozen=True, kw_only=True)
class Message:
    role: str
    content: str


@dataclass(frozen=True, kw_only=True)
class GenerationRequest:
    """Either a conversation, put into the model's own chat template, or a text to continue as it is."""

    prompt: str | tuple[Message, ...]
    sampling: Sampling
    stream: bool = False
    """A piece for every step of the engine, or else one piece at the end, which costs less."""


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """The first event of a generation: the engine has taken the prompt."""

    prompt_tokens: int


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What was added to a generation; the last one has a finish reason.

    The text can be empty while a character or a possible stop string is incomplete."""

    text: str
    token_times: Sequence[float]
    """One for each token: when the engine had it, on `time.monotonic()`, which all processes of a machine share."""
    finish_reason: FinishReason | None = None


GenerationEvent = Admitted | Piece


@dataclass(frozen=True, kw_only=True)
class Embeddings:
    vectors: Sequence[Sequence[float]]
    prompt_tokens: int


class Engine(Protocol):
    """One loaded model. Closing the generator of `generate` before its end cancels the generation."""

    @property
    def kind(self) -> EngineKind: ...

    @property
    def alive(self) -> bool: ...

    @property
    def context_tokens(self) -> int:
        """What the loaded model reads and writes at most, known once it is loaded."""
        ...

    @property
    def kv_cache_usage(self) -> float:
        """Share of the KV cache in use, 0 to 1."""
        ...

    async def load(self) -> None:
        """Raises `ModelUnusable`."""
        ...

    def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
        """Raises `RequestRefused` before the first event, `EngineLost` at any time."""
        ...

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        """Raises `RequestRefused` and `EngineLost`."""
        ...

    async def unload(self) -> None: ...

    def memory_bytes(self) -> int:
        """Resident memory that unloading gives back."""
        ...
