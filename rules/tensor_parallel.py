"""The degree of tensor parallelism suits the model and the accelerators."""

from __future__ import annotations

from collections.abc import Iterator

from capacity.instances import instance
from catalog.entry import Catalog, Entry
from rules.rule import Rule, Violation, instance_places

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
    if entry.endpoint.kind == "serverless" or entry.endpoint.serving.tensor_parallel_degree is None:
        return
    degree = entry.endpoint.serving.tensor_parallel_degree
    place = ("serving", "tensor_parallel_degree")
    places = [instance(type_name) for _, type_name in instance_places(entry)]
    padded = bool(places) and all(place is not None and place.processor == "neuron" for place in places)
    for name, model in entry.models.items():
        heads = model.architecture.attention_heads
        if heads % degree and not padded:
            yield Violation(
                place,
                f"tensor_parallel_degree is {degree}, which does not divide the {heads} attention heads of "
                f"{name}: use a divisor of {heads}",
            )
    for _, type_name in instance_places(entry):
        type_ = instance(type_name)
        if type_ is None or (type_.parallel_devices is None and type_.processor != "cpu"):
            continue
        devices = type_.parallel_devices or 1
        if degree > devices:
            what = "NeuronCore" if type_.processor == "neuron" else "accelerator"
            having = (
                f"has {devices} {what}{'s' if devices > 1 else ''}"
                if type_.processor != "cpu"
                else "has no accelerator"
            )
            yield Violation(
                place, f"tensor_parallel_degree is {degree}, but {type_name} {having}: use at most {devices}"
            )
