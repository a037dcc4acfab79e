"""What cannot fit a model's context is refused before any work is spent on it."""

from __future__ import annotations

from containers.llm_cpu.errors import RequestRefused

_CHARACTERS_A_TOKEN = 100
"""No tokenizer reaches this over a whole text; making tokens of megabytes would hold everyone else up for seconds."""


def refuse_what_cannot_fit(what: str, text: str, *, context_tokens: int) -> None:
    if len(text) > _CHARACTERS_A_TOKEN * context_tokens:
        raise RequestRefused(
            f"{what} has {len(text)} characters, which cannot fit the {context_tokens} tokens of this model's context"
        )
