"""What is read of a CDK command line: the verb, the stacks, the environment; nothing of it is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.cdk_arguments import CdkArguments
from cli.switching.before_deploying import ADOPT, before


@pytest.mark.parametrize(
    ("line", "verb", "stacks", "environment"),
    [
        ("deploy -c environment=prod chat", "deploy", ("chat",), "prod"),
        ("-c environment=prod deploy --all", "deploy", (), "prod"),
        ("deploy --context=environment=prod --require-approval never foundation", "deploy", ("foundation",), "prod"),
        ("deploy chat talk -c environment=a -c catalog=b -O out.json", "deploy", ("chat", "talk"), "a"),
        ("deploy --app cdk.out -c environment=prod --all", "deploy", (), "prod"),
        ("destroy --force foundation -c environment=prod", "destroy", ("foundation",), "prod"),
        ("synth", "synth", (), None),
        ("", None, (), None),
    ],
)
def test_a_line_is_read_as_the_cli_reads_it(
    tmp_path: Path, line: str, verb: str | None, stacks: tuple[str, ...], environment: str | None
) -> None:
    asked = CdkArguments(tuple(line.split()))
    assert (asked.verb, asked.named, asked.context(tmp_path).get("environment")) == (verb, stacks, environment)


@pytest.mark.parametrize("line", ["destroy --all", "destroy *", "deploy --all=true"])
def test_every_stack_can_be_asked_for(line: str) -> None:
    assert CdkArguments(tuple(line.split())).every_stack


@pytest.mark.parametrize(
    ("line", "adopts"),
    [
        ("deploy --app cdk.out --all", True),
        ("deploy --app cdk.out --all --import-existing-resources", False),
        ("deploy --app cdk.out --all --no-import-existing-resources", False),
        ("deploy --app cdk.out --all --method=direct", False),
        ("deploy --app cdk.out --all -m direct", False),
        ("deploy --app cdk.out --all --hotswap", False),
        ("destroy --app cdk.out --all", False),
        ("diff --app cdk.out", False),
    ],
)
def test_a_deployment_adopts_what_was_kept_unless_it_says_otherwise(line: str, adopts: bool) -> None:
    assert (ADOPT in before(CdkArguments(tuple(line.split())))) == adopts
