"""An entry asks for no more context than its model was made for."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.entry import Catalog, Entry
from rules.rule import Rule, Violation

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
    asked = entry.endpoint.serving.max_context_tokens
    for name, model in entry.models.items():
        most = model.architecture.max_context_tokens
        if asked is not None and asked > most:
            yield Violation(
                ("serving", "max_context_tokens"),
                f"max_context_tokens is {asked}, but {name} was made for {most}: write at most {most}",
            )
