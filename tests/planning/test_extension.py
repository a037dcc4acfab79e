"""What a company's own CDK code adds to the stacks is planned, by the code of each side; and it can never surprise."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from modelyard.shell.cdk_cli import node

EXTENSION = """
from aws_cdk import Stack, Tags, aws_cloudwatch as cloudwatch, aws_sns as sns

from our_threshold import THRESHOLD


def extend(app, stacks):
    print("said by the extension")
    chat = stacks["chat"]
    metric = cloudwatch.Metric(namespace="Acme", metric_name="Spend")
    metric.create_alarm(chat, "SpendAlarm", threshold=THRESHOLD, evaluation_periods=1)
    Tags.of(chat.node.find_child("LogGroup")).add("acme:retention", "long")
    chat.node.find_child("ExecutionRole").add_property_override("MaxSessionDuration", 7200)
    sns.Topic(stacks["foundation"], "Everybody")
    sns.Topic(Stack(app, "extras"), "Ours")
"""


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("JSII_NODE", os.environ.get("JSII_NODE", str(node())))
    yield


@pytest.fixture
def company(repository: Any) -> Any:
    """The repository of a company's own, whose working tree has an extension that no commit has."""
    (repository.folder / "extension.py").write_text(EXTENSION)
    (repository.folder / "our_threshold.py").write_text("THRESHOLD = 1\n")
    (repository.folder / "cdk.json").write_text(json.dumps({"context": {"extension": "extension.py"}}))
    return repository


def planned(said: Any) -> dict[str, Any]:
    assert said.out, said.err
    [environment] = said.json()["environments"]
    touched = {one["name"]: one["resources"] for one in environment["endpoints"] if one["resources"]}
    return {
        **touched,
        "foundation": environment["foundation"]["resources"],
        "stacks": {one["name"]: one["resources"] for one in environment["stacks"]},
    }


def test_what_an_extension_adds_changes_and_takes_away_is_planned(company: Any, plan: Any) -> None:
    said = plan("-e", "plain", "--json")
    [topic] = [name for name in planned(said)["foundation"]]
    [alarm] = [name for name, effect in planned(said)["chat"].items() if effect == "add"]
    assert topic.startswith("Everybody") and alarm.startswith("SpendAlarm")
    added = planned(said)
    assert added == {
        "chat": {alarm: "add", "LogGroup": "tags", "ExecutionRole": "update"},
        "foundation": {topic: "add"},
        "stacks": {"extras": {next(iter(added["stacks"]["extras"])): "add"}},
    }
    assert any("extension.py goes over the stacks" in note for note in said.json()["notes"])
    assert not (company.folder / "__pycache__").exists()

    told = plan("-e", "plain").out
    assert f"Of the resources that the extension adds to the stack 1 is added: {alarm}." in told
    assert "the resources of the extension's stack extras 1 is added" in " ".join(told.split())
    assert f"is added: {alarm}" in plan("-e", "plain", "--markdown").out.replace("\\", "")

    company.commit("our own alarms")
    assert planned(plan("-e", "plain", "--json")) == {"foundation": {}, "stacks": {}}

    # What it imports is of the base's commit on the base.
    (company.folder / "our_threshold.py").write_text("THRESHOLD = 2\n")
    assert planned(plan("-e", "plain", "--json")) == {"chat": {alarm: "update"}, "foundation": {}, "stacks": {}}

    (company.folder / "cdk.json").unlink()
    gone = plan("-e", "plain", "--json")
    assert planned(gone)["chat"] == {alarm: "remove", "LogGroup": "tags", "ExecutionRole": "update"}
    assert planned(gone)["foundation"] == {topic: "remove"}
    [stack] = gone.json()["environments"][0]["stacks"]
    assert "runs and is billed until somebody deletes it" in stack["sentences"][0]
    assert any("here none does" in note for note in gone.json()["notes"])


def test_each_side_is_told_what_its_own_cdk_json_says(company: Any, plan: Any, monkeypatch: Any) -> None:
    """In a folder of the repository, with an extension in another one."""
    (company.folder / "cdk.json").unlink()
    below = company.folder / "deploy" / "here"
    (company.folder / "ours").mkdir()
    below.mkdir(parents=True)
    said = "from aws_cdk import aws_sns\ndef extend(app, stacks):\n"
    said += "    aws_sns.Topic(stacks['chat'], 'Ours', display_name=app.node.get_context('words'))\n"
    (company.folder / "ours" / "extension.py").write_text(said)
    context = {"extension": "../../ours/extension.py", "words": "before"}
    (below / "cdk.json").write_text(json.dumps({"context": context}))
    company.commit("our topic")
    (company.folder / "ours" / "extension.py").write_text(f"# Another word.\n{said}")
    monkeypatch.chdir(below)
    where = ("-e", "plain", "--catalog", "../../catalog", "--json")
    assert "chat" not in planned(plan(*where))
    company.commit("a word")
    (below / "cdk.json").write_text(json.dumps({"context": {**context, "words": "after"}}))
    assert list(planned(plan(*where))["chat"].values()) == ["update"]


def test_an_extension_of_the_base_that_fails_is_one_sentence_too(company: Any, plan: Any) -> None:
    (company.folder / "our_threshold.py").write_text("THRESHOLD = 1 / 0\n")
    company.commit("our own alarms")
    (company.folder / "our_threshold.py").write_text("THRESHOLD = 1\n")
    said = plan("-e", "plain")
    assert said.code == 2 and "Traceback" not in said.err
    assert "our_threshold.py:1: the extension ended in ZeroDivisionError: division by zero" in " ".join(
        said.err.split()
    )


def test_an_extension_of_head_is_not_run_and_the_one_here_serves_both_sides(company: Any, plan: Any) -> None:
    company.commit("our own alarms")
    company.git("checkout", "--quiet", "-b", "request")
    (company.folder / "extension.py").write_text("raise SystemExit('run')")
    company.edit("endpoints/chat.yaml", "max: 3", "max: 4")
    company.commit("a request")
    company.git("checkout", "--quiet", "main")
    said = plan("-e", "plain", "--base", "main", "--head", "request", "--json")
    assert planned(said) == {"chat": {"ScalableTarget": "update"}, "foundation": {}, "stacks": {}}
    assert any("Nothing of --head is run: the one here goes over both sides" in note for note in said.json()["notes"])


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "def extend(app, stacks):\n    stacks['caht'].node\n",
            "own.py:2: the extension ended in KeyError: 'caht'",
        ),
        ("def extend(app):\n    pass\n", "own.py: the extension ended in TypeError: extend() takes 1 positional"),
        ("def extend(app, stacks)\n", "own.py:1: the extension ended in SyntaxError: expected ':'"),
        ("import sys\nsys.exit(3)\n", "own.py:2: the extension ended in SystemExit: 3"),
        ("x = 1\n", "own.py is no extension: it defines no function extend(app, stacks)"),
        (
            "import jsii\nfrom aws_cdk import Aspects, IAspect\n@jsii.implements(IAspect)\nclass Rule:\n"
            "    def visit(self, node):\n        raise ValueError('no such team')\n"
            "def extend(app, stacks):\n    Aspects.of(app).add(Rule())\n",
            "own.py:6: the CDK cannot write the extended stacks: no such team",
        ),
        (
            "def extend(app, stacks):\n    stacks['chat'].node.try_remove_child('ExecutionRole')\n",
            "own.py: after the extension, Model of stack chat refers to ExecutionRole, which the stack does not have",
        ),
        (
            "from aws_cdk import Stack\ndef extend(app, stacks):\n    Stack(app, 'chat')\n",
            "own.py:3: the extension ended in RuntimeError: There is already a Construct with name 'chat'",
        ),
    ],
)
def test_an_extension_that_is_wrong_is_one_sentence_with_its_place(
    repository: Any, plan: Any, code: str, sentence: str
) -> None:
    (repository.folder / "own.py").write_text(code)
    said = plan("-e", "plain", "--extension", "own.py")
    assert said.code == 2 and sentence in " ".join(said.err.split()), said.err
    assert "Traceback" not in said.err and said.out == ""


def test_an_extension_in_the_catalog_is_refused(repository: Any, plan: Any) -> None:
    (repository.folder / "catalog" / "own.py").write_text("def extend(app, stacks): pass\n")
    (repository.folder / "link.py").symlink_to(repository.folder / "catalog" / "own.py")
    for named in ("catalog/own.py", "link.py", "catalog/../catalog/own.py"):
        said = plan("-e", "plain", "--extension", named)
        assert said.code == 2 and "lies in the catalog catalog/" in " ".join(said.err.split())
    said = plan("-e", "plain", "--extension", "none.py")
    assert said.code == 2 and "there is no extension none.py" in said.err
