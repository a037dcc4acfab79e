"""A roll-out's time limit leaves room for its waits."""

from __future__ import annotations

import math
from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.schema import Rollout
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY061",
    severity="error",
    title="rollout.time_limit_seconds is more than all waits of the roll-out together",
    reason="AWS refuses a limit that is not larger than its waits, and turns a roll-out back that is not done by then.",
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html "
    "(MaximumExecutionTimeoutInSeconds)",
    fix="raise the limit (at most 28800), wait less, or take larger steps",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
scaling: {instances: {min: 4, max: 4}}
rollout: {strategy: linear, step_percent: 25, wait_seconds: 600, time_limit_seconds: 1800}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
scaling: {instances: {min: 4, max: 4}}
rollout: {strategy: linear, step_percent: 25, wait_seconds: 600, time_limit_seconds: 3600}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind == "serverless" or entry.endpoint.rollout is None:
        return
    rollout = entry.endpoint.rollout
    waits = _waits_seconds(rollout, max(entry.endpoint.scaling.instances.min, 1))
    if rollout.time_limit_seconds is not None and rollout.time_limit_seconds <= waits:
        yield Violation(
            ("rollout", "time_limit_seconds"),
            f"time_limit_seconds is {rollout.time_limit_seconds}, but the waits of this roll-out take {waits} s: "
            f"write more than {waits}",
        )


def _waits_seconds(rollout: Rollout, instances: int) -> int:
    """After every step but the last comes a wait, after the last one the old instances are kept."""
    if rollout.strategy == "all-at-once":
        return rollout.keep_old_seconds
    if rollout.strategy == "canary":
        return rollout.wait_seconds + rollout.keep_old_seconds
    share = rollout.step_percent / 100 if rollout.step_percent else (rollout.step_instances or 1) / instances
    steps = math.ceil(1 / share)
    # A rolling roll-out waits after its last batch, too: API_RollingUpdatePolicy, WaitIntervalInSeconds.
    waits = steps if rollout.strategy == "rolling" else max(steps - 1, 1)
    return waits * rollout.wait_seconds + rollout.keep_old_seconds
