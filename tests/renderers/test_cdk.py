"""What the CDK renderer makes of a blueprint that no environment of ours has."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack, Tags

from modelyard.blueprint.blueprint import Blueprint
from modelyard.blueprint.construct import Construct
from modelyard.blueprint.resource import Resource
from modelyard.blueprint.stack import StackBlueprint
from modelyard.renderers.cdk import add_stacks
from modelyard.renderers.template import template, template_text

Render = Callable[..., dict[str, Any]]


def described(name: str = "one") -> StackBlueprint:
    return StackBlueprint(
        name,
        name=f"modelyard-{name}",
        account="111122223333",
        region="us-east-1",
        description="a stack",
        tags={"a": "b"},
    )


def topic(scope: Any, logical_id: str, **properties: Any) -> Resource:
    return Resource(scope, logical_id, type="AWS::SNS::Topic", properties={"DisplayName": "x", **properties})


@pytest.fixture
def render(tmp_path: Path) -> Render:
    """Writes a stack by the CDK; `change` goes over it before."""

    def write(stack: StackBlueprint, change: Callable[[Stack], None] | None = None) -> dict[str, Any]:
        out = tmp_path / "out"
        app = App(
            outdir=str(out), analytics_reporting=False, builtin_cloud_formation_validation=False, tree_metadata=False
        )
        stacks = add_stacks(app, Blueprint("test", [stack]), extended=change is not None)
        if change is not None:
            change(stacks[stack.stack_id])
        app.synth()
        path = out / f"{stack.stack_id}.template.json"
        if change is None:
            assert path.read_text("utf-8") == template_text(stack)
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return found

    return write


def test_every_removal_policy_is_written_as_the_plain_renderer_writes_it(render: Render) -> None:
    stack = described()
    policies = (None, "Delete", "Retain", "RetainExceptOnCreate", "Snapshot")
    for number, (update, delete) in enumerate(itertools.product(policies, policies)):
        if update != "RetainExceptOnCreate":
            one = topic(stack, f"Topic{number}")
            one.update_replace_policy, one.deletion_policy = update, delete
    assert len(render(stack)["Resources"]) == 20


def test_a_resource_may_depend_on_one_that_comes_later(render: Render) -> None:
    stack = described()
    first = topic(Construct(stack, "Group"), "First")
    first.depend_on(topic(stack, "Second"))
    assert render(stack)["Resources"]["First"]["DependsOn"] == ["Second"]


def test_a_resource_does_not_depend_on_one_of_another_stack() -> None:
    with pytest.raises(ValueError, match=r"one/First .* cannot depend on other/Second"):
        topic(described(), "First").depend_on(topic(described("other"), "Second"))


def test_where_nobody_tags_an_extended_stack_is_the_same(render: Render) -> None:
    stack = described()
    listed = [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}]
    topic(stack, "Listed", Tags=listed)
    Resource(stack, "Mapped", type="AWS::SSM::Parameter", properties={"Tags": {"b": "1", "a": "2"}, "Value": "v"})
    found = render(stack, lambda _: None)
    assert json.dumps(found) == json.dumps(template(stack))


def test_tags_and_their_removal_reach_a_resource_and_ours_keep_their_order(render: Render) -> None:
    stack = described()
    listed = [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}, {"Key": "c", "Value": "3"}]
    topic(Construct(stack, "Group"), "Listed", Tags=listed)
    Resource(stack, "Mapped", type="AWS::SSM::Parameter", properties={"Tags": {"b": "1"}})

    def change(made: Stack) -> None:
        Tags.of(made).add("z", "9")
        Tags.of(made.node.find_child("Group").node.find_child("Listed")).add("a", "another")
        Tags.of(made).remove("c")
        made.node.find_child("Mapped").add_property_override("Value", "own")  # type: ignore[attr-defined]

    resources = render(stack, change)["Resources"]
    assert resources["Listed"]["Properties"]["Tags"] == [
        {"Key": "b", "Value": "1"},
        {"Key": "a", "Value": "another"},
        {"Key": "z", "Value": "9"},
    ]
    assert resources["Mapped"]["Properties"] == {"Tags": {"b": "1", "z": "9"}, "Value": "own"}
