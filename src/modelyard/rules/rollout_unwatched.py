"""A roll-out in steps looks at something between its steps."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import instance
from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation, instance_places

RULE = Rule(
    id="MY062",
    severity="warning",
    title="a roll-out has alarms and time in which they can turn it back",
    reason="without an alarm a bake time watches nothing, and without a bake time an alarm has no time to fire. On "
    "Inferentia1 AWS ignores the policy and replaces all instances at once.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html and "
    "https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html",
    fix="leave turn_back_on_errors on, and write wait_seconds (or keep_old_seconds with all-at-once) of some minutes",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
rollout: {strategy: all-at-once}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
rollout: {strategy: all-at-once, keep_old_seconds: 300}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind == "serverless" or entry.endpoint.rollout is None:
        return
    rollout = entry.endpoint.rollout
    if not rollout.turn_back_on_errors and not rollout.alarms:
        yield Violation(
            ("rollout", "turn_back_on_errors"),
            "turn_back_on_errors is false and alarms are none: nothing turns this roll-out back; add alarms",
        )
    watched = rollout.keep_old_seconds + (0 if rollout.strategy == "all-at-once" else rollout.wait_seconds)
    if not watched:
        key = "keep_old_seconds" if rollout.strategy == "all-at-once" else "wait_seconds"
        yield Violation(
            ("rollout", "strategy"),
            f"this {rollout.strategy} roll-out waits for nothing, so that no alarm can fire in time: "
            f"write {key} of some minutes, such as 300",
        )
    for location, name in instance_places(entry):
        type_ = instance(name)
        if type_ is not None and type_.family == "inf1":
            yield Violation(location, f"AWS ignores rollout on {name} and replaces all instances at once: remove it")
