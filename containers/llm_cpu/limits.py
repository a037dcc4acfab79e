"""What one request may hold, so that what it costs in memory and time is bounded before it is paid.

README.md lists these with their reasons. None of them depends on how fast the machine is.
"""

from __future__ import annotations

from containers.llm_cpu.engine import EngineKind
from containers.llm_cpu.errors import RequestRefused

# SageMaker's own limit for a real-time request (developer guide, "Model deployment options").
LARGEST_BODY_BYTES = 25 * 1024 * 1024
# Python's JSON reader holds the event loop, and with it /ping: what it can make of a body is bounded by these.
MOST_JSON_DEPTH = 64
MOST_JSON_PARTS = 65_536
MOST_MESSAGES = 2_048
MOST_STOP_STRINGS = 16
MOST_STOP_BYTES = 4_096
CHARACTERS_A_TOKEN = 32
"""On average over a whole text; prose has four to five, and few tokens of any vocabulary are longer."""
# OpenAI's limits of one embedding request: https://platform.openai.com/docs/api-reference/embeddings/create
MOST_TEXTS = 2_048
MOST_TOKENS_OF_TEXTS = 300_000
MOST_CHARACTERS_OF_TEXTS = 2_000_000
_EMBEDDING_BODY_BYTES = 4 * 1024 * 1024
_BODY_BYTES_BESIDES_TEXT = 64 * 1024
_BYTES_A_CHARACTER = 2
"""As JSON escapes a line break. Characters that take more have at least a token each."""


def largest_body_bytes(kind: EngineKind, *, context_tokens: int) -> int:
    """What a body could need for all that the model can read."""
    if kind == "embedding":
        return _EMBEDDING_BODY_BYTES
    text = context_tokens * CHARACTERS_A_TOKEN * _BYTES_A_CHARACTER
    return min(LARGEST_BODY_BYTES, _BODY_BYTES_BESIDES_TEXT + text)


def refuse_what_cannot_fit(what: str, characters: int, *, context_tokens: int) -> None:
    """Before any work is spent on it: making tokens of megabytes would hold everyone else up for seconds."""
    most = CHARACTERS_A_TOKEN * context_tokens
    if characters > most:
        raise RequestRefused(
            f"{what} has {characters} characters; at most {most} are read, {CHARACTERS_A_TOKEN} for each of the "
            f"{context_tokens} tokens of this model's context"
        )
