"""A roll-out's step is a part of the fleet that AWS allows, and there is a fleet to take a part of."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.schema import Rollout
from modelyard.rules.rule import Rule, Violation

# The least and the most of the instances that one step may take, in percent.
ALLOWED_PERCENT = {"canary": (0, 50), "linear": (10, 50), "rolling": (5, 50)}
LEAST_INSTANCES = 2

RULE = Rule(
    id="MY060",
    severity="error",
    title="a canary, linear step or rolling batch is at most half of at least two instances",
    reason="AWS refuses a canary above 50 % of a variant's instances, a linear step outside 10 to 50 % and a rolling "
    "batch outside 5 to 50 %; of one instance there is no such part. A deployment starts from scaling.instances.min.",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html and "
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RollingUpdatePolicy.html",
    fix="raise scaling.instances.min to 2, make the step smaller, or choose strategy: all-at-once",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
scaling: {instances: {min: 1, max: 1}}
rollout: {strategy: canary, step_instances: 1}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
scaling: {instances: {min: 2, max: 2}}
rollout: {strategy: canary, step_instances: 1}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind == "serverless":
        return
    rollout = entry.endpoint.rollout
    if rollout is None or rollout.strategy == "all-at-once":
        return
    # A variant starts with one instance where `min` releases the last one.
    instances = max(entry.endpoint.scaling.instances.min, 1)
    if instances < LEAST_INSTANCES:
        yield Violation(
            ("rollout", "strategy"),
            f"strategy {rollout.strategy} takes a part of the instances, but scaling.instances.min is "
            f"{entry.endpoint.scaling.instances.min}: write at least {LEAST_INSTANCES}, or strategy: all-at-once",
        )
        return
    yield from _step(rollout, instances)


def _step(rollout: Rollout, instances: int) -> Iterator[Violation]:
    least, most = ALLOWED_PERCENT[rollout.strategy]
    if rollout.step_percent is not None:
        key, percent, said = "step_percent", float(rollout.step_percent), f"{rollout.step_percent} percent"
    else:
        count = rollout.step_instances or 0
        key, percent = "step_instances", 100 * count / instances
        said = f"{count} of {instances} instances, {percent:.0f} percent"
    if not least <= percent <= most:
        allowed = f"at most {most}" if least == 0 else f"{least} to {most}"
        yield Violation(("rollout", key), f"a {rollout.strategy} step is {said}: AWS allows {allowed} percent")
