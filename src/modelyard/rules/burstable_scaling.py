"""Burstable instances do not scale."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation, instance_places

BURSTABLE = "ml.t2."

RULE = Rule(
    id="MY028",
    severity="error",
    title="burstable instances (ml.t2) have a fixed count",
    reason="Application Auto Scaling does not support burstable instances on endpoints.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html",
    fix="set min and max to the same number, or choose another family",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: custom, image: "my-engine:1.2", instance: ml.t2.large}
scaling: {instances: {min: 1, max: 3}, target_concurrency_per_instance: 4}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {engine: custom, image: "my-engine:1.2", instance: ml.m5.large}
scaling: {instances: {min: 1, max: 3}, target_concurrency_per_instance: 4}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind == "serverless":
        return
    limits = entry.endpoint.scaling.instances
    for location, name in instance_places(entry):
        if name.startswith(BURSTABLE) and limits.max > limits.min:
            yield Violation(
                location,
                f"instance {name} cannot scale from {limits.min} to {limits.max}: set min and max to the same "
                "number, or choose another family such as ml.m5",
            )
