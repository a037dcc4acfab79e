"""How an update of an endpoint proceeds, in the words of its DeploymentConfig.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-sagemaker-endpoint-deploymentconfig.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modelyard.blueprint.resource import Reference
from modelyard.catalog.schema import Rollout


def deployment_config(rollout: Rollout, *, alarm_names: Sequence[Reference | str]) -> dict[str, Any]:
    """The DeploymentConfig of a roll-out that these alarms turn back."""
    config = _rolling(rollout) if rollout.strategy == "rolling" else _blue_green(rollout)
    if alarm_names:
        config["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in alarm_names]}
    return config


def _rolling(rollout: Rollout) -> dict[str, Any]:
    policy = {
        "MaximumBatchSize": _size(rollout),
        "WaitIntervalInSeconds": rollout.wait_seconds,
        # A roll-back goes in batches of the same size.
        "RollbackMaximumBatchSize": _size(rollout),
        **_time_limit(rollout),
    }
    return {"RollingUpdatePolicy": policy}


def _blue_green(rollout: Rollout) -> dict[str, Any]:
    traffic: dict[str, Any] = {"WaitIntervalInSeconds": rollout.wait_seconds}
    if rollout.strategy == "canary":
        traffic |= {"Type": "CANARY", "CanarySize": _size(rollout)}
    elif rollout.strategy == "linear":
        traffic |= {"Type": "LINEAR", "LinearStepSize": _size(rollout)}
    else:
        # The one step is the last one: what is watched then is what the old instances stay for.
        traffic = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    policy = {
        "TrafficRoutingConfiguration": traffic,
        "TerminationWaitInSeconds": rollout.keep_old_seconds,
        **_time_limit(rollout),
    }
    return {"BlueGreenUpdatePolicy": policy}


def _size(rollout: Rollout) -> dict[str, Any]:
    if rollout.step_percent is not None:
        return {"Type": "CAPACITY_PERCENT", "Value": rollout.step_percent}
    return {"Type": "INSTANCE_COUNT", "Value": rollout.step_instances}


def _time_limit(rollout: Rollout) -> dict[str, int]:
    limit = rollout.time_limit_seconds
    return {} if limit is None else {"MaximumExecutionTimeoutInSeconds": limit}
