"""Graphs that were compiled for Neuron are asked for what they were compiled for."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.engine_settings import NumberSetting, stated_number
from modelyard.capacity.instances import instance
from modelyard.catalog.document import Key
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.schema import CompiledGraph, InstanceServing
from modelyard.rules.rule import Rule, Violation, instance_places

RULE = Rule(
    id="MY063",
    severity="error",
    title="an entry asks compiled Neuron graphs for the shape that they were compiled for",
    reason="a compiled graph has one sequence length, one batch size and one number of cores; the engine stops at "
    "start-up over any other, or compiles for an hour what was to be ready.",
    source="https://huggingface.co/docs/optimum-neuron/en/guides/export_model",
    fix="compile again for what the entry asks, or ask for what was compiled; keys that are left out take it over",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving:
  engine: neuron
  instance: ml.inf2.8xlarge
  max_context_tokens: 4096
  compiled:
    sequence_length: 2048
    batch_size: 4
    tensor_parallel_degree: 2
    artefacts: {s3: s3://weights/open-model-neuron/}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving:
  engine: neuron
  instance: ml.inf2.8xlarge
  max_context_tokens: 2048
  compiled:
    sequence_length: 2048
    batch_size: 4
    tensor_parallel_degree: 2
    artefacts: {s3: s3://weights/open-model-neuron/}
""",
)
_SETTINGS: dict[str, NumberSetting] = {
    "sequence_length": "context_tokens",
    "batch_size": "sequences",
    "tensor_parallel_degree": "degree",
}
_KEYS = {
    "sequence_length": "max_context_tokens",
    "batch_size": "max_concurrency",
    "tensor_parallel_degree": "tensor_parallel_degree",
}


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    serving = entry.endpoint.serving
    if not isinstance(serving, InstanceServing) or serving.compiled is None:
        return
    if serving.engine != "neuron" or entry.endpoint.kind == "multi-model":
        yield Violation(
            ("serving", "compiled"),
            f"compiled graphs are for engine neuron with one model, this entry is {entry.endpoint.kind} with engine "
            f"{serving.engine}: remove compiled",
            at_key=True,
        )
        return
    for location, name, asked, member in _asked(serving):
        had = getattr(serving.compiled, member)
        if asked != had:
            yield Violation(
                location, f"{name} is {asked}, but the graphs were compiled for {member} {had}: write {had}"
            )
    yield from _cores(entry, serving.compiled)


def _asked(serving: InstanceServing) -> Iterator[tuple[tuple[Key, ...], str, int, str]]:
    """The entry's own keys and variables about the shape."""
    for member, key in _KEYS.items():
        if getattr(serving, key) is not None:
            yield ("serving", key), key, getattr(serving, key), member
    for member, setting in _SETTINGS.items():
        stated = stated_number(serving.engine, serving.environment, setting)
        if stated is not None:
            name, said = stated
            yield ("serving", "environment", name), name, said, member


def _cores(entry: Entry, compiled: CompiledGraph) -> Iterator[Violation]:
    for location, name in instance_places(entry):
        type_ = instance(name)
        cores = type_.neuron_cores if type_ is not None else None
        if cores is not None and compiled.tensor_parallel_degree > cores:
            yield Violation(
                location,
                f"the graphs were compiled for {compiled.tensor_parallel_degree} cores, {name} has {cores}: "
                "take a larger instance, or compile again",
            )
