"""An endpoint that may scale says on what."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY027",
    severity="error",
    title="an endpoint whose max is above its min has exactly one scaling target",
    reason="target tracking follows one number; without it the endpoint stays at min for ever, and two "
    "policies on one variant pull against each other.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-policy.html",
    fix="add target_concurrency_per_instance (best for language models) or target_invocations_per_minute_per_instance",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
scaling: {instances: {min: 1, max: 4}}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
scaling: {instances: {min: 1, max: 4}, target_concurrency_per_instance: 8}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    endpoint = entry.endpoint
    if endpoint.kind == "serverless" or endpoint.kind == "async":
        return
    targets = ["target_invocations_per_minute_per_instance"]
    if endpoint.kind == "real-time":
        targets.insert(0, "target_concurrency_per_instance")
    given = [name for name in targets if getattr(endpoint.scaling, name) is not None]
    if len(given) > 1:
        yield Violation(("scaling", given[1]), f"{' and '.join(given)} are both given: keep one of them", at_key=True)
    if not given and endpoint.scaling.instances.max > endpoint.scaling.instances.min:
        limits = endpoint.scaling.instances
        yield Violation(
            ("scaling",),
            f"scaling runs {limits.min} to {limits.max} instances but has no target: add "
            f"{' or '.join(targets)}, or set max to {max(limits.min, 1)}",
            at_key=True,
        )
