"""What the demo says when the CDK CLI fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.demo.deployment import DemoDeployment
from modelyard.demo.workspace import Workspace
from modelyard.shell.failure import Failure

_FAILING = """\
modelyard-local-chat | 11/22 | 4:45:25 AM | CREATE_COMPLETE | AWS::IAM::Role | chat/Role (Role)
modelyard-local-chat | 12/22 | 4:45:25 AM | CREATE_FAILED   | AWS::SageMaker::Endpoint | chat/Endpoint No object.
modelyard-local-chat |  0/22 | 4:45:26 AM | DELETE_COMPLETE | AWS::IAM::Role | chat/Role (Role)
Failed resources:
modelyard-local-chat | 4:45:25 AM | CREATE_FAILED | AWS::SageMaker::Endpoint | chat/Endpoint No object.
chat failed: the stack rolled back
"""


def deployment(folder: Path, monkeypatch: pytest.MonkeyPatch, *, prints: str, exits: int) -> DemoDeployment:
    """A deployment whose CDK CLI prints something and ends."""
    (folder / "output").write_text(prints)
    program = folder / "cdk"
    asked_for_version = '[ "$1" = --version ] && echo "2.1146.1 (build 1)" && exit 0'
    program.write_text(f"#!/bin/sh\n{asked_for_version}\ncat {folder}/output\nexit {exits}\n")
    program.chmod(0o755)
    monkeypatch.setenv("MODELYARD_CDK", str(program))
    workspace = Workspace(folder, folder / "demo")
    workspace.prepare()
    return DemoDeployment(workspace, {}, account="000000000000", region="us-east-1")


def test_a_failed_deployment_shows_what_cloudformation_refused_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    with pytest.raises(Failure) as told:
        made = deployment(tmp_path, monkeypatch, prints=_FAILING, exits=1)
        made.deploy("cdk deploy all", ["--all"], concurrency=2).finish(heard.append)
    assert told.value.sentence == (
        f"cdk deploy all failed (exit code 1); the whole output is in {tmp_path}/demo/logs/cdk-deploy-all.log"
    )
    assert told.value.details == (
        "modelyard-local-chat: AWS::SageMaker::Endpoint: chat/Endpoint No object.",
        "Failed resources:",
        "chat failed: the stack rolled back",
    )
    assert len(heard) == 6


def test_a_cli_that_cannot_read_the_assembly_is_said_to_be_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = "This CDK CLI is not compatible with the CDK library used by your application. Please upgrade the CLI\n"
    made = deployment(tmp_path, monkeypatch, prints=refusal, exits=1)
    with pytest.raises(Failure, match=r"^the CDK CLI 2\.1146\.1 is too old for what the CDK library"):
        made.bootstrap().finish(lambda news: None)


def test_a_deployment_tells_each_stack_that_it_deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = "✅  foundation (modelyard-local-foundation) (no changes)\n\n✅  chat (modelyard-local-chat)\n"
    made = deployment(tmp_path, monkeypatch, prints=printed, exits=0)
    kept: list[str] = []
    made.deploy("cdk deploy all", ["--all"], concurrency=2).finish(lambda news: None, kept.append)
    assert kept == ["  deployed modelyard-local-chat"]
