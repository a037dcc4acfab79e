"""A stack's events say which operation they belong to."""

from typing import Any

TOPIC = {"Type": "AWS::SNS::Topic"}
BROKEN = {"Type": "AWS::SNS::Topic", "Properties": {"NoSuchProperty": "1"}}


def test_each_operation_of_a_stack_has_an_id_and_a_roll_back_one_of_its_own(embedded_aws: Any) -> None:
    done = embedded_aws.deploy("operations", {"Resources": {"One": TOPIC}})
    embedded_aws.deploy("operations", {"Resources": {"One": TOPIC, "Broken": BROKEN}})
    cloudformation = embedded_aws.client("cloudformation")
    events = cloudformation.describe_stack_events(StackName=done["StackId"])["StackEvents"][::-1]
    statuses: dict[str, list[str]] = {}
    for event in events:
        if event["ResourceType"] == "AWS::CloudFormation::Stack":
            statuses.setdefault(event["OperationId"], []).append(event["ResourceStatus"])
    creation, update, roll_back = statuses.values()
    assert creation[0] == "CREATE_IN_PROGRESS"
    assert update[0] == "UPDATE_IN_PROGRESS"
    assert (roll_back[0], roll_back[-1]) == ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
    (failed,) = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    assert failed["OperationId"] == list(statuses)[1]
    again = cloudformation.describe_stack_events(StackName=done["StackId"])["StackEvents"][::-1]
    assert [event["OperationId"] for event in again] == [event["OperationId"] for event in events]
