"""What CloudFormation does to resources, by which of their properties differ and by what they refer to."""

from __future__ import annotations

from typing import Any

import pytest

from modelyard.planning.effects import UnknownType, effects_of

TOPIC, ALARM, TARGET = "AWS::SNS::Topic", "AWS::CloudWatch::Alarm", "AWS::ApplicationAutoScaling::ScalableTarget"


def one(type_name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": type_name, "Properties": properties}


def test_what_only_a_creation_sets_replaces_and_whatever_refers_to_it_follows() -> None:
    before = {
        "Topic": one(TOPIC, TopicName="a"),
        "Alarm": one(ALARM, AlarmActions=[{"Ref": "Topic"}]),
        "Target": one(TARGET, ResourceId={"Fn::GetAtt": ["Topic", "TopicName"]}),
    }
    after = {**before, "Topic": one(TOPIC, TopicName="b")}
    assert effects_of(before, after) == {"Topic": "replace", "Alarm": "update", "Target": "replace"}


def test_a_name_in_a_text_is_a_reference_too() -> None:
    before = {
        "Topic": one(TOPIC, TopicName="a"),
        "Alarm": one(ALARM, AlarmActions=[{"Fn::Sub": "arn:${AWS::Partition}:sns:${Topic.TopicName}"}]),
        "Other": one(ALARM, AlarmActions=[{"Fn::Sub": ["${X}${!Topic}", {"X": 1}]}]),
    }
    assert effects_of(before, {**before, "Topic": one(TOPIC, TopicName="b")}) == {"Topic": "replace", "Alarm": "update"}


def test_tags_alone_are_tagged_anew_and_what_comes_and_goes_is_added_and_removed() -> None:
    before = {"Kept": one(TOPIC, Tags=[1]), "Gone": one(TOPIC)}
    after = {"Kept": one(TOPIC, Tags=[2]), "New": one(TOPIC)}
    assert effects_of(before, after) == {"Kept": "tags", "Gone": "remove", "New": "add"}


def test_a_part_of_a_property_replaces_only_where_that_part_is_fixed() -> None:
    before = {"Table": one("AWS::Glue::Table", TableInput={"Name": "a", "Description": "x"})}
    changed = {"Table": one("AWS::Glue::Table", TableInput={"Name": "a", "Description": "y"})}
    renamed = {"Table": one("AWS::Glue::Table", TableInput={"Name": "b", "Description": "x"})}
    assert effects_of(before, changed) == {"Table": "update"}
    assert effects_of(before, renamed) == {"Table": "replace"}


def test_a_logical_id_of_another_type_is_another_resource() -> None:
    assert effects_of({"X": one(TOPIC)}, {"X": one(ALARM)}) == {"X": "replace"}


def test_a_type_that_nobody_has_looked_at_is_no_guess() -> None:
    # A custom resource says itself whether it was replaced.
    own = effects_of({"X": one("Custom::Thing", A=1)}, {"X": one("Custom::Thing", A=2)})
    assert own == {"X": "update"}
    with pytest.raises(UnknownType, match="AWS::Own::Thing"):
        effects_of({"X": one("AWS::Own::Thing", A=1)}, {"X": one("AWS::Own::Thing", A=2)})


def test_a_type_that_only_an_extension_deploys_is_judged_by_the_registry_too() -> None:
    before, after = ({"X": one("AWS::DynamoDB::Table", TableName=name)} for name in "ab")
    assert effects_of(before, after) == {"X": "replace"}


def test_an_attribute_may_be_named_in_one_text() -> None:
    before = {"Topic": one(TOPIC, TopicName="a"), "Alarm": one(ALARM, AlarmActions=[{"Fn::GetAtt": "Topic.TopicArn"}])}
    after = {**before, "Topic": one(TOPIC, TopicName="b")}
    assert effects_of(before, after) == {"Topic": "replace", "Alarm": "update"}
