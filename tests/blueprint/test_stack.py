"""A stack's description: what lies in it, in which order, under which logical id."""

from __future__ import annotations

import pytest

from modelyard.blueprint.construct import Construct
from modelyard.blueprint.resource import Resource, dependencies_of
from modelyard.blueprint.stack import StackBlueprint


@pytest.fixture
def stack() -> StackBlueprint:
    return StackBlueprint("chat", name="acme-chat", account="1" * 12, region="eu-west-1", description="", tags={})


def topic(scope: StackBlueprint | Construct, logical_id: str) -> Resource:
    return Resource(scope, logical_id, type="AWS::SNS::Topic", properties={})


def test_resources_of_a_construct_stand_where_the_construct_stands(stack: StackBlueprint) -> None:
    topic(stack, "First")
    group = Construct(stack, "Group")
    topic(stack, "Last")
    topic(group, "Second")
    assert [one.logical_id for one in stack.resources()] == ["First", "Second", "Last"]
    assert stack.resource("Second").stack is stack


def test_a_logical_id_is_taken_once_whatever_lies_around_it(stack: StackBlueprint) -> None:
    topic(Construct(stack, "Group"), "Topic")
    with pytest.raises(ValueError, match="stack chat has two parts of the logical id Topic"):
        topic(stack, "Topic")
    with pytest.raises(ValueError, match="two parts of the logical id Topic"):
        stack.output("Topic", "x")


def test_what_a_resource_depends_on_is_named_once_and_in_order(stack: StackBlueprint) -> None:
    first, second, last = topic(stack, "B"), topic(stack, "A"), topic(stack, "C")
    last.depend_on(first, second, first)
    assert dependencies_of(last) == ["A", "B"]
