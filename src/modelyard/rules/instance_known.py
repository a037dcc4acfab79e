"""An instance type is one that hosting accepts."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import instance_names
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.suggestion import did_you_mean
from modelyard.rules.rule import Rule, Violation, instance_places

RULE = Rule(
    id="MY013",
    severity="error",
    title="an instance type is one that hosting accepts",
    reason="CreateEndpointConfig takes 277 types; EC2 has many more (no ml.t3, ml.m8i or ml.g6f is among the 277).",
    source="ProductionVariantInstanceType in the botocore 1.44.5 sagemaker model",
    fix="choose a type of src/modelyard/capacity/data/instances.json",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {instance: ml.g5.3xlarge}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {instance: ml.g5.2xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    for location, name in instance_places(entry):
        if name not in instance_names():
            hint = did_you_mean(name, sorted(instance_names()))
            yield Violation(location, f"instance {name} is no hosting instance type{hint}")
