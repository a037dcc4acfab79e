"""Nothing says that several models share a Neuron chip."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import instance
from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation, instance_places

RULE = Rule(
    id="MY031",
    severity="warning",
    title="a multi-model endpoint on Inferentia or Trainium is not documented to work",
    reason="AWS lists CPU types and some GPU types for multi-model endpoints, and no Neuron type.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-support.html",
    fix="use a CPU instance, or one endpoint per model",
    fails="""\
# catalog/endpoints/chat.yaml
kind: multi-model
serving: {engine: custom, image: "my-shelf:1.2-neuron", instance: ml.inf2.xlarge}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: multi-model
serving: {engine: custom, image: "my-shelf:1.2", instance: ml.m5.xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind != "multi-model":
        return
    for location, name in instance_places(entry):
        type_ = instance(name)
        if type_ and type_.processor == "neuron":
            yield Violation(
                location, f"AWS lists no multi-model endpoints on {name}: use a CPU instance, or one endpoint per model"
            )
