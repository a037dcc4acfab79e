"""How an update moves requests from the old fleet to the new one, and what makes it turn back.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html: all at once, canary (a part, then the rest),
linear (equal parts) or rolling (batches); after each step but the last the alarms of AutoRollbackConfiguration are
watched for the waiting time, after the last one for TerminationWaitInSeconds.
"""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from localaws.clock import Clock
from localaws.sagemaker.deployment_error import DeploymentAborted, DeploymentFailed
from localaws.sagemaker.hard_rules.deployment_rules import percent_of_capacity

# Real time: alarms change at most every few seconds, and at a fast clock a wait may be over in one poll.
_WATCH_EVERY_SECONDS = 0.05


@dataclass(frozen=True)
class Step:
    """Send `share` (0 to 1) of the requests to the new fleet, then watch the alarms for `bake_seconds`."""

    share: float
    bake_seconds: int


def steps_of(deployment_config: dict[str, Any] | None, *, instance_count: int) -> list[Step]:
    """The steps of a DeploymentConfig for a variant of that many instances; all at once when there is none."""
    config = deployment_config or {}
    if "RollingUpdatePolicy" in config:
        policy = config["RollingUpdatePolicy"]
        percent = percent_of_capacity(policy["MaximumBatchSize"], instance_count)
        return _equal_steps(percent, wait_seconds=policy["WaitIntervalInSeconds"], last_wait_seconds=0)
    policy = config.get("BlueGreenUpdatePolicy", {})
    routing = policy.get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0})
    wait, last_wait = routing["WaitIntervalInSeconds"], policy.get("TerminationWaitInSeconds", 0)
    if routing["Type"] == "CANARY":
        share = percent_of_capacity(routing["CanarySize"], instance_count) / 100
        return [Step(share, wait), Step(1.0, last_wait)]
    if routing["Type"] == "LINEAR":
        percent = percent_of_capacity(routing["LinearStepSize"], instance_count)
        return _equal_steps(percent, wait_seconds=wait, last_wait_seconds=last_wait)
    return [Step(1.0, last_wait)]


def _equal_steps(percent: float, *, wait_seconds: int, last_wait_seconds: int) -> list[Step]:
    count = math.ceil(100 / percent)
    middle = [Step(number * percent / 100, wait_seconds) for number in range(1, count)]
    return [*middle, Step(1.0, last_wait_seconds)]


def run(
    steps: list[Step],
    *,
    shift: Callable[[float], None],
    alarm_names: list[str],
    is_alarming: Callable[[str], bool],
    longest_seconds: int | None,
    clock: Clock,
    is_aborted: Callable[[], bool],
) -> None:
    """Take the steps; raises DeploymentFailed when an alarm rings or MaximumExecutionTimeoutInSeconds is over."""
    pause = threading.Event()
    began = clock.now()
    for step in steps:
        shift(step.share)
        bake_until = clock.now() + timedelta(seconds=step.bake_seconds)
        while True:
            ringing = [name for name in alarm_names if is_alarming(name)]
            if ringing:
                raise DeploymentFailed(f"One or more configured alarm(s) tripped: {', '.join(ringing)}")
            if longest_seconds is not None and clock.now() > began + timedelta(seconds=longest_seconds):
                raise DeploymentFailed(
                    f"The deployment did not finish within MaximumExecutionTimeoutInSeconds "
                    f"({longest_seconds} seconds)."
                )
            if is_aborted():
                raise DeploymentAborted
            if clock.now() >= bake_until:
                break
            pause.wait(_WATCH_EVERY_SECONDS)
