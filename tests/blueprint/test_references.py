"""What the values of a template refer to."""

from __future__ import annotations

from typing import Any

import pytest

from modelyard.blueprint.references import all_referred, referred


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"Ref": "Topic"}, "Topic"),
        ({"Fn::GetAtt": ["Topic", "TopicName"]}, "Topic"),
        ({"Fn::GetAtt": "Topic.TopicName"}, "Topic"),
        ({"Fn::Sub": "${Topic}"}, None),
        ("Topic", None),
    ],
)
def test_one_reference_names_one_resource(value: Any, named: str | None) -> None:
    assert referred(value) == named


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"A": [{"B": {"Ref": "Topic"}}, {"Fn::GetAtt": "Queue.Arn"}]}, {"Topic", "Queue"}),
        ({"Fn::Sub": "${Topic.TopicName} in ${AWS::Region}, ${!Literal}"}, {"Topic"}),
        ({"Fn::Sub": ["${Own} of ${Topic}", {"Own": {"Ref": "Queue"}}]}, {"Topic", "Queue"}),
        ({"Ref": "AWS::AccountId"}, set()),
        ("text", set()),
    ],
)
def test_all_that_lies_in_a_value_is_found_but_pseudo_parameters_and_own_names(value: Any, named: set[str]) -> None:
    assert set(all_referred(value)) == named
