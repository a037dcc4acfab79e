"""Every template passes cfn-lint and cdk-nag's AwsSolutions, with each exception written next to its resource.

Both run here and not in a synth, where they would cost more than all the rest.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

from modelyard.shell.cdk_cli import node
from modelyard_constructs.capture_processing import CaptureProcessing, FailureQueue
from modelyard_constructs.event_function import EventFunction
from modelyard_constructs.execution_role import ExecutionRole
from modelyard_constructs.flink_aggregation import FlinkAggregation, WindowStream
from modelyard_constructs.invoke_policy import InvokePolicy
from modelyard_constructs.record_stream import RecordDeliveryRole, RecordStream
from modelyard_constructs.request_delivery import DeliveryRole
from modelyard_constructs.stream_processing import StreamProcessing

ENVIRONMENTS = ["guarded", "plain", "local", "signals", "flink"]
# The ids under which a stack makes a resource that has accepted findings.
ACCEPTED: Mapping[str, Mapping[str, str]] = {
    "AggregationRole": FlinkAggregation.application_findings,
    "CaptureFailures": FailureQueue.accepted_findings,
    "CaptureProcessor": EventFunction.accepted_findings,
    "CaptureProcessorRole": CaptureProcessing.accepted_findings,
    "ExecutionRole": ExecutionRole.accepted_findings,
    "InvokePolicy": InvokePolicy.accepted_findings,
    "RecordStream": RecordStream.accepted_findings,
    "RecordStreamDeliveryRole": RecordDeliveryRole.accepted_findings,
    "RequestDeliveryRole": DeliveryRole.accepted_findings,
    "StreamProcessor": EventFunction.accepted_findings,
    "StreamProcessorRole": StreamProcessing.accepted_findings,
    "WindowPublisher": EventFunction.accepted_findings,
    "WindowPublisherRole": FlinkAggregation.accepted_findings,
    "WindowStream": WindowStream.accepted_findings,
}
CHECK_WITH_NAG = Path(__file__).with_name("check_with_nag.py")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_template_passes_cfn_lint(synthesised: Callable[[str], Any], environment: str) -> None:
    found = []
    for stack, path in synthesised(environment).files.items():
        for match in lint(path.read_text("utf-8"), config=ManualArgs(regions=["us-east-1"])):
            found.append(f"{stack}: {match.rule.id} {match.message}")
    assert not found


@pytest.fixture(scope="module")
def nag_findings(
    synthesised: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory
) -> set[tuple[str, str, str]]:
    """What AwsSolutions says about all templates: (stack, logical id, rule)."""
    folder = tmp_path_factory.mktemp("nag")
    for environment in ENVIRONMENTS:
        for stack, path in synthesised(environment).files.items():
            # A finding's id quotes the template, and cdk-nag cannot read ids with braces in them.
            plain = re.sub(r"\{\{resolve:ssm:([^}]*)\}\}", r"ssm\1", path.read_text("utf-8"))
            (folder / f"{environment}-{stack}.json").write_text(plain, "utf-8")
    return findings_of(folder)


def findings_of(folder: Path) -> set[tuple[str, str, str]]:
    run = subprocess.run(
        [sys.executable, str(CHECK_WITH_NAG), str(folder)],
        env={**os.environ, "JSII_NODE": str(node())},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return {(*where.split("/"), rule) for where, rule in json.loads(run.stdout)}


def test_aws_solutions_finds_only_what_is_accepted_with_a_reason(nag_findings: set[tuple[str, str, str]]) -> None:
    unexpected = [found for found in sorted(nag_findings) if found[2] not in ACCEPTED.get(found[1], {})]
    assert not unexpected


def test_every_accepted_finding_is_one_that_is_found(nag_findings: set[tuple[str, str, str]]) -> None:
    accepted = {(logical_id, rule) for logical_id, rules in ACCEPTED.items() for rule in rules}
    assert accepted == {(logical_id, rule) for _, logical_id, rule in nag_findings}
    assert all(len(reason) > 40 for rules in ACCEPTED.values() for reason in rules.values())


def test_aws_solutions_sees_what_is_wrong(tmp_path: Path) -> None:
    bucket = {"Resources": {"Open": {"Type": "AWS::S3::Bucket", "Properties": {}}}}
    (tmp_path / "careless.json").write_text(json.dumps(bucket), "utf-8")
    assert {rule for _, _, rule in findings_of(tmp_path)} >= {"AwsSolutions-S1", "AwsSolutions-S10"}
