"""A change set of nothing but outputs can be executed, and one of nothing at all cannot."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import WaiterError

NAME = "output-changes"


def change(embedded_aws: Any, outputs: dict[str, str]) -> dict[str, Any]:
    """Deploy through a change set, as the CDK CLI does; the outputs afterwards, by name."""
    cloudformation = embedded_aws.client("cloudformation")
    told = {"Outputs": {name: {"Value": value} for name, value in outputs.items()}} if outputs else {}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": NAME}}
    template = {"Resources": {"Topic": topic}, **told}
    names = {"StackName": NAME, "ChangeSetName": f"change-{uuid.uuid4().hex}"}
    cloudformation.create_change_set(**names, TemplateBody=json.dumps(template))
    waiter = cloudformation.get_waiter("change_set_create_complete")
    try:
        waiter.wait(**names, WaiterConfig={"Delay": 0, "MaxAttempts": 3})
        assert cloudformation.describe_change_set(**names)["Changes"] == []
        cloudformation.execute_change_set(**names)
    except WaiterError:
        cloudformation.delete_change_set(**names)
        raise
    stack = embedded_aws.settled(cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]["StackId"])
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


def test_outputs_alone_are_added_changed_and_taken_away(embedded_aws: Any) -> None:
    embedded_aws.deploy(NAME, {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": NAME}}}})
    for outputs in ({"Catalog": "models"}, {"Catalog": "others", "More": "yes"}, {}):
        assert change(embedded_aws, outputs) == outputs
    with pytest.raises(WaiterError) as nothing:
        change(embedded_aws, {})
    assert "didn't contain changes" in nothing.value.last_response["StatusReason"]
