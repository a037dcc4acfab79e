"""An entry says one thing about its engine, not two."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.engine_settings import EngineSettings, Setting, SettingError, engine_settings, variable
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.schema import InstanceServing
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY059",
    severity="warning",
    title="a variable of the engine does not contradict the catalog's key for the same thing",
    reason="the variable wins in the container, so the key says what is not so to everyone who reads the entry.",
    source="constructs/modelyard_constructs/engine_environment.py, which holds the variables that the keys become",
    fix="keep the key and remove the variable",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, max_context_tokens: 2048, environment: {SM_VLLM_MAX_MODEL_LEN: "4096"}}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: vllm, max_context_tokens: 4096, environment: {SM_VLLM_MAX_MODEL_LEN: "4096"}}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    serving = entry.endpoint.serving
    try:
        settings = engine_settings(serving.engine, serving.environment)
    except SettingError:
        return  # MY058 says it
    for key, setting, said in _pairs(entry, settings):
        name = variable(serving.engine, setting)
        asked = getattr(serving, key)
        if name is not None and asked is not None and said is not None and asked != said:
            yield Violation(
                ("serving", "environment", name),
                f"{name} is {serving.environment[name][:40]}, but {key} is {asked}: the variable wins in the "
                f"container, so write {key}: {said} and remove {name}",
            )


def _pairs(entry: Entry, settings: EngineSettings) -> Iterator[tuple[str, Setting, int | None]]:
    yield "max_context_tokens", "context_tokens", settings.context_tokens
    if isinstance(entry.endpoint.serving, InstanceServing):
        yield "max_concurrency", "sequences", settings.sequences
        yield "tensor_parallel_degree", "degree", settings.degree
