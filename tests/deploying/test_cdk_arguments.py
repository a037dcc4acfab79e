"""Which stacks a line of the CDK CLI means, and what else is read from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelyard.deploying.cdk_arguments import CdkArguments, joined

KNOWN = {"foundation", "chat", "chat-2", "batch"}


@pytest.mark.parametrize(
    ("line", "stacks"),
    [
        ("deploy -c environment=prod chat --require-approval never", {"chat"}),
        ("deploy --force found*", {"foundation"}),
        ("deploy --all", KNOWN),
        ("deploy chat* -c catalog=/a/*/b", {"chat", "chat-2"}),
        ("deploy chat-? --parameters Name=*", {"chat-2"}),
        ("deploy {chat,foundation}", KNOWN),
        ("--verbose -c environment=chat deploy batch", {"batch"}),
        ("deploy --output foundation/out chat", {"chat"}),
    ],
)
def test_stacks_are_meant_by_name_pattern_or_all(line: str, stacks: set[str]) -> None:
    assert CdkArguments(tuple(line.split())).stacks(KNOWN) == stacks


@pytest.mark.parametrize(
    ("line", "deploys", "destroys"),
    [
        ("deploy chat", True, False),
        ("-v deploy chat", True, False),
        ("destroy deploy", False, True),
        ("diff deploy", False, False),
        ("deploy --help", False, False),
        ("", False, False),
    ],
)
def test_the_first_word_that_is_a_command_is_the_command(line: str, deploys: bool, destroys: bool) -> None:
    arguments = CdkArguments(tuple(line.split()))
    assert (arguments.deploys, arguments.destroys) == (deploys, destroys)


def test_context_comes_from_the_line_before_the_folder(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text(json.dumps({"context": {"environment": "prod", "catalog": "theirs"}}))
    arguments = CdkArguments(("deploy", "--context=environment=dev", "-c", "other=a=b"))
    assert arguments.context(tmp_path) == {"environment": "dev", "catalog": "theirs", "other": "a=b"}
    assert arguments.stated_context == ("environment=dev", "other=a=b")
    (tmp_path / "cdk.json").write_text("[")
    assert arguments.context(tmp_path) == {"environment": "dev", "other": "a=b"}


def test_what_is_modelyards_own_stays_here() -> None:
    assert CdkArguments(("deploy", "--change-foundation", "--all")).for_cdk() == ["deploy", "--all"]
    renamed = CdkArguments(("deploy", "--former-catalog", "payments", "chat", "--former-catalog=support"))
    assert renamed.for_cdk() == ["deploy", "chat"]
    assert renamed.named == ("chat",)


def test_ten_names_are_enough_for_a_sentence() -> None:
    assert joined([str(number) for number in range(12)]).endswith("8, 9 and 2 more")


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


@pytest.mark.parametrize(
    ("line", "only"),
    [
        ("deploy -c environment=prod chat", ("chat",)),
        ("synth chat summaries --quiet", ("chat", "summaries")),
        ("diff chat", ("chat",)),
        ("deploy", ()),
        ("deploy --all chat", ()),
        ("deploy chat-*", ()),
        ("deploy {chat,summaries}", ()),
        ("destroy chat", ()),
        ("list", ()),
    ],
)
def test_only_stacks_in_so_many_words_are_described(line, only):
    assert CdkArguments(tuple(line.split())).only == only
