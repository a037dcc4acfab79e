"""The degree of tensor parallelism suits the model and the accelerators."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.engine_settings import stated_number
from modelyard.capacity.instances import Instance, instance
from modelyard.catalog.document import Key
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.schema import InstanceServing
from modelyard.rules.rule import Rule, Violation, instance_places

RULE = Rule(
    id="MY019",
    severity="error",
    title="tensor_parallel_degree divides the attention heads and is at most the number of accelerators",
    reason="each device holds a whole number of attention heads; the engine stops at start-up otherwise. "
    "One Neuron chip counts as its cores; on Neuron, heads are padded, so only their number counts.",
    source="https://docs.vllm.ai/en/latest/serving/parallelism_scaling.html; accelerators per type from EC2 "
    "DescribeInstanceTypes",
    fix="use a power of two up to the number of accelerators, or an instance with more of them",
    fails="""\
# catalog/models/open-model.yaml
architecture: {attention_heads: 12}
# catalog/endpoints/chat.yaml
kind: real-time
serving: {instance: ml.g5.48xlarge, tensor_parallel_degree: 8}
""",
    passes="""\
# catalog/models/open-model.yaml
architecture: {attention_heads: 12}
# catalog/endpoints/chat.yaml
kind: real-time
serving: {instance: ml.g5.48xlarge, tensor_parallel_degree: 4}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    for place, what, degree in _degrees(entry):
        for said in _problems(entry, what, degree):
            yield Violation(place, said)


def _degrees(entry: Entry) -> Iterator[tuple[tuple[Key, ...], str, int]]:
    """The key, and the engine's own variable for it."""
    serving = entry.endpoint.serving
    if not isinstance(serving, InstanceServing):
        return
    if serving.tensor_parallel_degree is not None:
        yield ("serving", "tensor_parallel_degree"), "tensor_parallel_degree", serving.tensor_parallel_degree
    stated = stated_number(serving.engine, serving.environment, "degree")
    if stated is not None:
        name, degree = stated
        yield ("serving", "environment", name), name, degree


def _problems(entry: Entry, what: str, degree: int) -> Iterator[str]:
    places = [(name, instance(name)) for _, name in instance_places(entry)]
    padded = bool(places) and all(type_ is not None and type_.processor == "neuron" for _, type_ in places)
    for name, model in entry.models.items():
        heads = model.architecture.attention_heads
        if heads % degree and not padded:
            yield (
                f"{what} is {degree}, which does not divide the {heads} attention heads of {name}: "
                f"use a divisor of {heads}"
            )
    for type_name, type_ in places:
        if type_ is None or (type_.parallel_devices is None and type_.processor != "cpu"):
            continue
        devices = type_.parallel_devices or 1
        if degree > devices:
            yield f"{what} is {degree}, but {type_name} {_having(type_, devices)}: use at most {devices}"


def _having(type_: Instance, devices: int) -> str:
    if type_.processor == "cpu":
        return "has no accelerator"
    what = "NeuronCore" if type_.processor == "neuron" else "accelerator"
    return f"has {devices} {what}{'s' if devices > 1 else ''}"
