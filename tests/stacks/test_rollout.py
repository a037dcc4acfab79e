"""`rollout` becomes the endpoint's DeploymentConfig with alarms that see the new version; `routing` its strategy."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

ENDPOINT, ALARM = "AWS::SageMaker::Endpoint", "AWS::CloudWatch::Alarm"
FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"
# What is appended to an entry, and how many instances it runs.
ENTRIES: dict[str, tuple[str, int | None]] = {
    "chat": (
        "rollout: {strategy: canary, step_instances: 1, wait_seconds: 120, keep_old_seconds: 60, "
        "time_limit_seconds: 1800, alarms: [answers-are-nonsense]}\nrouting: random\n",
        2,
    ),
    "chat-neuron": ("rollout: {strategy: linear, step_percent: 25, turn_back_on_errors: false}\n", 4),
    "shelf": ("rollout: {strategy: rolling, step_percent: 25, wait_seconds: 60}\n", 4),
    "summaries": ("rollout: {strategy: all-at-once, keep_old_seconds: 300}\n", None),
}


@pytest.fixture(scope="module")
def rolled_out(run_app: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("rollout")
    shutil.copytree(FOUR_KINDS, folder / "catalog")
    for name, (keys, instances) in ENTRIES.items():
        path = folder / "catalog" / "endpoints" / f"{name}.yaml"
        text = path.read_text("utf-8")
        if instances is not None:
            text = re.sub(
                r"instances: \{min: \d+, max: \d+\}", f"instances: {{min: {instances}, max: {instances}}}", text
            )
        path.write_text(f"{text}{keys}", encoding="utf-8")
    return run_app(folder / "out", "guarded", catalog=folder / "catalog")


def watched(*names: Any) -> dict[str, Any]:
    return {"Alarms": [{"AlarmName": name} for name in names]}


OWN = ({"Ref": "RollbackServerErrorsAlarm"}, {"Ref": "RollbackLatencyAlarm"})


@pytest.mark.parametrize(
    ("stack", "config"),
    [
        (
            "chat",
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "CANARY",
                        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
                        "WaitIntervalInSeconds": 120,
                    },
                    "TerminationWaitInSeconds": 60,
                    "MaximumExecutionTimeoutInSeconds": 1800,
                },
                "AutoRollbackConfiguration": watched("answers-are-nonsense", *OWN),
            },
        ),
        (
            "chat-neuron",
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "LINEAR",
                        "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
                        "WaitIntervalInSeconds": 300,
                    },
                    "TerminationWaitInSeconds": 0,
                },
            },
        ),
        (
            "shelf",
            {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
                    "RollbackMaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
                    "WaitIntervalInSeconds": 60,
                },
                "AutoRollbackConfiguration": watched(*OWN),
            },
        ),
        (
            "summaries",
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
                    "TerminationWaitInSeconds": 300,
                },
                "AutoRollbackConfiguration": watched(*OWN),
            },
        ),
    ],
)
def test_each_strategy_is_written_in_awss_words(rolled_out: Any, stack: str, config: dict[str, Any]) -> None:
    assert rolled_out.only(stack, ENDPOINT)["DeploymentConfig"] == config


def test_the_alarms_see_the_new_version_only_and_take_silence_for_no_fault(rolled_out: Any) -> None:
    alarms = rolled_out.all("chat", ALARM)
    for logical_id in ("RollbackServerErrorsAlarm", "RollbackLatencyAlarm"):
        dimensions = {one["Name"]: one["Value"] for one in alarms[logical_id]["Dimensions"]}
        assert dimensions["EndpointConfigName"] == {"Fn::GetAtt": ["EndpointConfig", "EndpointConfigName"]}
        assert dimensions["EndpointName"] == "guarded-chat"
        assert alarms[logical_id]["TreatMissingData"] == "notBreaching"
        assert "AlarmActions" not in alarms[logical_id]
    assert not any(name.startswith("Rollback") for name in rolled_out.all("chat-neuron", ALARM))


def test_the_role_may_look_at_the_alarms_that_turn_a_rollout_back(rolled_out: Any) -> None:
    def granted(stack: str) -> list[Any]:
        role = rolled_out.only(stack, "AWS::IAM::Role")
        return [
            statement["Resource"]
            for policy in role["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
            if "cloudwatch:DescribeAlarms" in statement["Action"]
        ]

    arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:"
    # The company's own alarm may be a composite one, which is shown only to who may ask for all.
    assert granted("chat") == [["*"]]
    assert granted("shelf") == [[f"{arn}modelyard-guarded-shelf-Rollback*"]]
    assert granted("chat-neuron") == []


def test_without_the_key_nothing_is_written_and_aws_replaces_the_fleet_at_once(guarded: Any) -> None:
    for stack in ("chat", "shelf", "summaries", "answers"):
        assert "DeploymentConfig" not in guarded.only(stack, ENDPOINT)


def test_requests_go_where_the_fewest_wait_unless_the_entry_says_otherwise(rolled_out: Any, guarded: Any) -> None:
    def strategy(templates: Any, stack: str) -> Any:
        [variant] = templates.only(stack, "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
        return variant.get("RoutingConfig")

    assert strategy(guarded, "chat") == {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"}
    assert strategy(rolled_out, "chat") == {"RoutingStrategy": "RANDOM"}
    # Queues are pulled, multi-model requests follow their model, serverless ones have no instances.
    for stack in ("summaries", "shelf", "answers"):
        assert strategy(guarded, stack) is None


def test_the_templates_pass_cfn_lint(rolled_out: Any) -> None:
    for stack in ENTRIES:
        text = rolled_out.files[stack].read_text("utf-8")
        found = [match.message for match in lint(text, config=ManualArgs(regions=["us-east-1"]))]
        assert not found, stack
