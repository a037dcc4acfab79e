"""`modelyard cdk deploy` against stacks of embedded AWS: what the CDK CLI is told, and what it never hears of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Clients = Callable[[str], Any]
TOPIC = {"Type": "AWS::SNS::Topic"}
# A CDK CLI that writes the foundation that it is given, and tells what else it was asked for.
CLI = """#!/bin/sh
if [ "$1" = "--version" ]; then echo "2.1146.1 (build abcdef0)"; exit 0; fi
case " $* " in *" synth "*)
  while [ $# -gt 1 ]; do
    shift
    if [ "$1" = "--output" ] && [ "$FOUNDATION" != none ]; then echo "$FOUNDATION" > "$2/foundation.template.json"; fi
  done
  exit 0;;
esac
echo "$@"
"""


@pytest.fixture
def deploy(aws: Clients, catalog: Any, tmp_path: Path) -> Callable[..., Any]:
    """Runs `modelyard cdk` in a process of its own, which the CDK CLI replaces."""
    cli = tmp_path / "cdk"
    cli.write_text(CLI)
    cli.chmod(0o755)
    (tmp_path / "cdk.json").write_text('{"app": "true"}')

    def run(*words: str, foundation: Any = None, environment: bool = True) -> Any:
        context = ["-c", f"catalog={catalog.folder}"]
        context += ["-c", f"environment={catalog.environment}"] if environment else []
        program = "from modelyard.cli.main import main; main()"
        return subprocess.run(
            [sys.executable, "-c", program, "cdk", *words, *context],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "MODELYARD_CDK": str(cli),
                "FOUNDATION": "none" if foundation == "none" else json.dumps(foundation or {}),
            },
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def stack(aws: Clients, catalog: Any) -> Callable[..., dict[str, Any]]:
    """Makes a stack of the environment and returns its template."""

    def make(name: str, *logical_ids: str, catalog_name: str | None = None, kind: str = "") -> dict[str, Any]:
        template: dict[str, Any] = {"Resources": dict.fromkeys(logical_ids or ("Topic",), TOPIC)}
        if catalog_name is not None:
            template["Outputs"] = {"CatalogName": {"Value": catalog_name}}
        cloudformation = aws("cloudformation")
        full = f"modelyard-{catalog.environment}-{name}"
        tags = [{"Key": "llm:environment", "Value": catalog.environment}]
        tags += [{"Key": "llm:kind", "Value": kind}] if kind else []
        cloudformation.create_stack(StackName=full, TemplateBody=json.dumps(template), Tags=tags)
        cloudformation.get_waiter("stack_create_complete").wait(StackName=full, WaiterConfig={"Delay": 1})
        return template

    return make


def told(run: Any) -> list[str]:
    """What the CDK CLI was told, without the context."""
    assert run.returncode == 0, run.stderr
    return str(run.stdout).split(" -c ")[0].split() + [
        word for word in str(run.stdout).split() if word == "--exclusively"
    ]


def test_an_endpoint_is_deployed_by_itself_where_the_foundation_stands(deploy: Any, stack: Any) -> None:
    stack("foundation")
    assert told(deploy("deploy", "chat", foundation={"Resources": {}})) == ["deploy", "chat", "--exclusively"]
    assert told(deploy("deploy", "--exclusively", "chat")).count("--exclusively") == 2


def test_the_first_deployment_brings_the_foundation(deploy: Any) -> None:
    assert told(deploy("deploy", "chat")) == ["deploy", "chat"]
    assert told(deploy("deploy", "--all")) == ["deploy", "--all"]


@pytest.mark.parametrize("words", [["--all"], ["*"], ["--all", "--exclusively"]])
def test_all_stacks_are_deployed_where_the_foundation_stays_as_it_is(deploy: Any, stack: Any, words: list[str]) -> None:
    template = stack("foundation")
    assert deploy("deploy", *words, foundation=template).returncode == 0
    refused = deploy("deploy", *words, foundation={"Resources": {"Stream": TOPIC}})
    assert refused.returncode == 1
    assert "this checkout would change modelyard-" in refused.stderr
    assert "it removes Topic; adds Stream. If that is meant, deploy it by its name" in refused.stderr
    assert refused.stdout == ""


def test_who_names_the_foundation_or_says_so_changes_it(deploy: Any, stack: Any) -> None:
    stack("foundation")
    other = {"Resources": {"Stream": TOPIC}}
    assert told(deploy("deploy", "foundation", foundation=other)) == ["deploy", "foundation"]
    assert told(deploy("deploy", "foundation", "chat", foundation=other))[:3] == ["deploy", "foundation", "chat"]
    assert told(deploy("deploy", "--all", "--change-foundation", foundation=other)) == ["deploy", "--all"]
    assert told(deploy("deploy", "chat", "--change-foundation", foundation=other)) == ["deploy", "chat"]


def test_a_stack_that_another_catalog_deployed_is_refused(deploy: Any, stack: Any, catalog: Any) -> None:
    stack("foundation")
    stack("chat", catalog_name="payments")
    stack("batch", catalog_name="support")
    organisation = {"teams": {"support": {"cost_center": "CC-1", "owner": "o", "alarms": {"email": ["a@example.com"]}}}}
    refused = deploy("deploy", "chat")
    assert refused.returncode == 1
    assert "belongs to catalog payments, and this one has no name (`catalog:` in organisation.yaml)" in refused.stderr
    catalog.write("organisation.yaml", {**organisation, "catalog": "support"})
    refused = deploy("deploy", "chat")
    assert "belongs to catalog payments, and this one is called support" in refused.stderr
    assert told(deploy("deploy", "batch"))[:2] == ["deploy", "batch"]


def test_a_catalog_that_has_got_another_name_or_none_says_what_it_was_called(deploy: Any, stack: Any) -> None:
    stack("foundation")
    stack("chat", catalog_name="payments")
    refused = deploy("deploy", "chat")
    assert "where this catalog was called so itself, add --former-catalog payments" in refused.stderr
    assert told(deploy("deploy", "chat", "--former-catalog", "payments"))[:2] == ["deploy", "chat"]
    assert deploy("deploy", "chat", "--former-catalog", "others").returncode == 1


def test_an_endpoint_of_another_kind_is_refused_with_the_way(deploy: Any, stack: Any) -> None:
    stack("foundation")
    stack("chat", kind="multi-model")
    stack("batch", kind="async")
    refused = deploy("deploy", "--all")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "chat is deployed as multi-model, and the catalog makes it" in refused.stderr
    assert "`modelyard cdk destroy -c environment=" in refused.stderr
    assert told(deploy("deploy", "batch"))[:2] == ["deploy", "batch"]


@pytest.mark.parametrize("words", [["foundation"], ["--all", "--force"], ["--force", "found*"]])
def test_endpoints_are_not_destroyed_on_the_way_to_a_foundation_that_aws_keeps(
    deploy: Any, stack: Any, aws: Clients, catalog: Any, words: list[str]
) -> None:
    stack("foundation")
    name = f"modelyard-{catalog.environment}-foundation"
    assert told(deploy("destroy", *words)) == ["destroy", *words]
    aws("cloudformation").update_termination_protection(StackName=name, EnableTerminationProtection=True)
    refused = deploy("destroy", *words)
    assert (refused.returncode, refused.stdout) == (1, ""), refused.stderr
    assert "is protected against its end: deploy it with termination_protection: false" in refused.stderr
    assert told(deploy("destroy", "chat")) == ["destroy", "chat"]


@pytest.mark.parametrize(
    "words",
    [
        ["diff", "chat"],
        ["destroy", "chat"],
        ["deploy", "--help"],
        ["ls", "deploy"],
    ],
)
def test_what_deploys_nothing_is_passed_on_as_it_is(deploy: Any, stack: Any, words: list[str]) -> None:
    stack("foundation")
    assert told(deploy(*words)) == words


def test_what_nobody_can_read_is_left_to_the_app(deploy: Any, catalog: Any) -> None:
    assert told(deploy("deploy", "chat", environment=False)) == ["deploy", "chat"]
    catalog.write("organisation.yaml", {"teams": 7})
    assert told(deploy("deploy", "chat")) == ["deploy", "chat"]


def test_a_stack_of_an_extension_may_bring_the_foundation_along_which_must_be_as_it_stands(
    deploy: Any, stack: Any
) -> None:
    template = stack("foundation")
    extension = ("-c", "extension=extension.py")
    assert told(deploy("deploy", "extras", *extension, foundation=template)) == ["deploy", "extras"]
    refused = deploy("deploy", "extras", *extension, foundation={"Resources": {"Stream": TOPIC}})
    assert refused.returncode == 1 and "this checkout would change modelyard-" in refused.stderr
    alone = deploy("deploy", "extras", "--exclusively", *extension, foundation={"Resources": {"Stream": TOPIC}})
    assert alone.returncode == 0
    # Without an extension it is the CDK that says that there is no such stack.
    assert told(deploy("deploy", "extras", foundation={"Resources": {}})) == ["deploy", "extras"]


def test_an_app_of_ones_own_without_a_foundation_is_deployed_beside_ours(deploy: Any, stack: Any) -> None:
    stack("foundation")
    assert deploy("deploy", "--all", "--app", "own", foundation="none").returncode == 0
