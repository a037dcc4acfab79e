"""Only an asynchronous endpoint scales to zero."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY026",
    severity="error",
    title="real-time and multi-model endpoints keep at least one instance",
    reason="the variant of an endpoint that answers at once cannot be scaled below one instance; only a "
    "queue can wait.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html",
    fix="set scaling.instances.min to 1, or choose kind async or serverless",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
scaling: {instances: {min: 0, max: 2}, target_concurrency_per_instance: 4}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
scaling: {instances: {min: 1, max: 2}, target_concurrency_per_instance: 4}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    endpoint = entry.endpoint
    if endpoint.kind == "serverless" or endpoint.kind == "async" or endpoint.scaling.instances.min >= 1:
        return
    yield Violation(
        ("scaling", "instances", "min"),
        f"scaling.instances.min is 0, but a {endpoint.kind} endpoint keeps at least 1 instance: "
        "write 1, or choose kind async or serverless",
    )
