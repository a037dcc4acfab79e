"""How the instances of a new version take over from the old ones, in words and in numbers.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
"""

from __future__ import annotations

from math import ceil

from modelyard.catalog.entry import Entry
from modelyard.catalog.schema import Rollout

_BACK = "If they never answer, it goes back by itself."


def rollout_of(entry: Entry) -> Rollout | None:
    """How a new version takes over; None leaves it to AWS, all at once."""
    return None if entry.endpoint.kind == "serverless" else entry.endpoint.rollout


def exchange(rollout: Rollout | None, fleet: str, running: str) -> str:
    """What SageMaker does with a new fleet, beside old ones of which so many run."""
    if rollout is not None and rollout.strategy == "rolling":
        return (
            f"SageMaker replaces the old instances{running} by {fleet} in batches of {_size(rollout)}, and watches for "
            f"{rollout.wait_seconds} s after each. {_BACK}{_alarms(rollout)}"
        )
    begins = f"SageMaker starts {fleet} beside the old ones{running}"
    if rollout is None:
        moves, ends = "moves the traffic all at once when they answer /ping, then ends the old ones", ""
    else:
        kept = f" {rollout.keep_old_seconds} s later" if rollout.keep_old_seconds else ""
        ends = _alarms(rollout)
        if rollout.strategy == "all-at-once":
            moves = f"moves the traffic all at once when they answer /ping, and ends the old ones{kept}"
        elif rollout.strategy == "canary":
            moves = (
                f"sends {_size(rollout)} of the traffic to them when they answer /ping, the rest after "
                f"{rollout.wait_seconds} s, and ends the old ones{kept}"
            )
        else:
            moves = (
                f"moves the traffic in steps of {_size(rollout)}, {rollout.wait_seconds} s apart, and ends the old ones"
                f"{kept}"
            )
    return f"{begins}, {moves}. {_BACK}{ends}"


def extra_instances(rollout: Rollout | None, count: int) -> int:
    """How many instances run besides the old ones at the most, while a fleet of so many takes over."""
    if rollout is None or rollout.strategy != "rolling":
        return count
    if rollout.step_instances is not None:
        return min(rollout.step_instances, count)
    return max(1, ceil(count * (rollout.step_percent or 0) / 100))


def _size(rollout: Rollout) -> str:
    if rollout.step_percent is not None:
        return f"{rollout.step_percent} %"
    return f"{rollout.step_instances} instance{'' if rollout.step_instances == 1 else 's'}"


def _alarms(rollout: Rollout) -> str:
    names = ["errors or slow answers of the new ones"] if rollout.turn_back_on_errors else []
    names += [f"alarm {name}" for name in rollout.alarms]
    return f" So it does on {' and '.join(names)}." if names else ""
