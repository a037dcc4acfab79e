from typing import Any

import pytest

from localaws.cloudformation.template_references import check_references

TOPIC: dict[str, Any] = {"Type": "AWS::SNS::Topic"}


def template(value: Any) -> dict[str, Any]:
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}
    return {"Parameters": {"Stage": {"Type": "String"}}, "Resources": {"Topic": TOPIC, "Parameter": parameter}}


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Topic"},
        {"Ref": "Stage"},
        {"Ref": "AWS::Region"},
        {"Fn::GetAtt": ["Topic", "TopicName"]},
        {"Fn::GetAtt": "Topic.TopicName"},
        {"Fn::Sub": "${Topic.TopicName}-${Stage}-${AWS::Region}-${!Literal}"},
        {"Fn::Sub": ["${Topic}-${own}", {"own": {"Ref": "Stage"}}]},
        {"Fn::Join": ["-", [{"Ref": "Topic"}, "x"]]},
    ],
)
def test_what_exists_may_be_referred_to(value: Any) -> None:
    check_references(template(value))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (
            {"Fn::Uppercase": "x"},
            "Encountered unsupported function: Fn::Uppercase Supported functions are: [Fn::Base64",
        ),
        ({"Fn::Join": ["-", [{"Fn::Nope": 1}]]}, "Encountered unsupported function: Fn::Nope"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "instance of Fn::GetAtt references undefined resource Bucket"),
        ({"Ref": "Bucket"}, "Unresolved resource dependencies [Bucket] in the Resources block"),
        ({"Fn::Sub": "${Bucket.Arn}/*"}, "Unresolved resource dependencies [Bucket] in the Resources block"),
        ({"Fn::Sub": ["${own}-${other}", {"own": "x"}]}, "Unresolved resource dependencies [other]"),
    ],
)
def test_what_does_not_exist_is_named(value: Any, sentence: str) -> None:
    with pytest.raises(ValueError) as raised:
        check_references(template(value))
    assert sentence in str(raised.value)


def test_outputs_are_checked_too() -> None:
    broken = {**template("x"), "Outputs": {"Name": {"Value": {"Ref": "Gone"}}}}
    with pytest.raises(ValueError, match=r"dependencies \[Gone\] in the Outputs block"):
        check_references(broken)
