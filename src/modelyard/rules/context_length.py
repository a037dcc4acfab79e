"""An entry asks for no more context than its model was made for."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.engine_settings import stated_number
from modelyard.catalog.document import Key
from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY039",
    severity="warning",
    title="max_context_tokens is at most what the model was made for",
    reason="engines stop at start-up, or answer nonsense beyond it, unless they are told how to stretch the positions.",
    source="https://docs.vllm.ai/en/latest/configuration/engine_args.html (--max-model-len)",
    fix="lower max_context_tokens, or correct the model's facts",
    fails="""\
# catalog/models/open-model.yaml
architecture: {max_context_tokens: 4096}
# catalog/endpoints/chat.yaml
kind: real-time
serving: {max_context_tokens: 8192}
""",
    passes="""\
# catalog/models/open-model.yaml
architecture: {max_context_tokens: 4096}
# catalog/endpoints/chat.yaml
kind: real-time
serving: {max_context_tokens: 4096}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    for location, what, asked in _asked(entry):
        for name, model in entry.models.items():
            most = model.architecture.max_context_tokens
            if asked > most:
                yield Violation(location, f"{what} is {asked}, but {name} was made for {most}: write at most {most}")


def _asked(entry: Entry) -> Iterator[tuple[tuple[Key, ...], str, int]]:
    """The key, and the engine's own variable for it."""
    serving = entry.endpoint.serving
    if serving.max_context_tokens is not None:
        yield ("serving", "max_context_tokens"), "max_context_tokens", serving.max_context_tokens
    stated = stated_number(serving.engine, serving.environment, "context_tokens")
    if stated is not None:
        name, tokens = stated
        yield ("serving", "environment", name), name, tokens
