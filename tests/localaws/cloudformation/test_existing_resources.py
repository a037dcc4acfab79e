"""What exists is in the way of a new resource of its name, unless a change set adopts it."""

import json
from typing import Any

import pytest

TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
POLICY = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
ALARM = {
    "MetricName": "Invocations",
    "Namespace": "AWS/SageMaker",
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 1,
    "EvaluationPeriods": 1,
    "Period": 60,
    "Statistic": "Sum",
}
NAMED: dict[str, dict[str, Any]] = {
    "AWS::Logs::LogGroup": {"LogGroupName": "/there/already"},
    "AWS::IAM::Role": {"RoleName": "there-already", "AssumeRolePolicyDocument": TRUST},
    "AWS::IAM::ManagedPolicy": {"ManagedPolicyName": "there-already", "PolicyDocument": POLICY},
    "AWS::Kinesis::Stream": {"Name": "there-already", "ShardCount": 1},
    "AWS::SNS::Topic": {"TopicName": "there-already"},
    "AWS::CloudWatch::Alarm": {"AlarmName": "there-already", **ALARM},
    "AWS::S3::Bucket": {"BucketName": "there-already"},
    "AWS::SSM::Parameter": {"Name": "/there/already", "Type": "String", "Value": "1"},
}


def template(kind: str) -> dict[str, Any]:
    return {"Resources": {"It": {"Type": kind, "DeletionPolicy": "Retain", "Properties": NAMED[kind]}}}


@pytest.mark.parametrize("kind", NAMED)
def test_a_new_resource_is_refused_where_one_of_its_name_exists(embedded_aws: Any, kind: str) -> None:
    name = "taken-" + kind.lower().replace("::", "-")
    named = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
    assert embedded_aws.deploy(name, template(kind), **named)["StackStatus"] == "CREATE_COMPLETE"
    embedded_aws.destroy(name)  # it is retained
    again = embedded_aws.deploy(f"{name}-again", template(kind), **named)
    assert again["StackStatus"] == "ROLLBACK_COMPLETE"
    events = embedded_aws.client("cloudformation").describe_events(StackName=again["StackId"])["OperationEvents"]
    reasons = [event["ValidationStatusReason"] for event in events if "ValidationStatusReason" in event]
    reasons += embedded_aws.failures(again["StackId"]).values()
    assert any("already" in reason and "xist" in reason for reason in reasons), reasons


def adopt(embedded_aws: Any, name: str, body: dict[str, Any]) -> str:
    """The status of a new stack whose change set takes over what exists."""
    cloudformation = embedded_aws.client("cloudformation")
    cloudformation.create_change_set(
        StackName=name,
        ChangeSetName="adopt",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps(body),
        ImportExistingResources=True,
    )
    described = cloudformation.describe_change_set(StackName=name, ChangeSetName="adopt")
    if described["Status"] == "FAILED":
        return str(described["StatusReason"])
    cloudformation.execute_change_set(StackName=name, ChangeSetName="adopt")
    return str(embedded_aws.settled(name)["StackStatus"])


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_a_change_set_adopts_a_bucket_with_what_is_in_it(embedded_aws: Any, policy: str) -> None:
    name = f"adopted-{policy.lower()}"
    s3 = embedded_aws.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="weights", Body=b"1")
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": policy, "Properties": {"BucketName": name}}
    assert adopt(embedded_aws, name, {"Resources": {"It": bucket, "New": {"Type": "AWS::SNS::Topic"}}}) == (
        "CREATE_COMPLETE"
    )
    assert s3.get_object(Bucket=name, Key="weights")["Body"].read() == b"1"
    embedded_aws.destroy(name)
    assert s3.get_object(Bucket=name, Key="weights")["Body"].read() == b"1"


def test_a_roll_back_lets_go_of_what_was_adopted(embedded_aws: Any) -> None:
    s3 = embedded_aws.client("s3")
    s3.create_bucket(Bucket="let-go")
    s3.put_object(Bucket="let-go", Key="weights", Body=b"1")
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "let-go"}}
    broken = {"Type": "AWS::SNS::Topic", "DependsOn": "It", "Properties": {"NoSuchProperty": "1"}}
    assert adopt(embedded_aws, "let-go", {"Resources": {"It": bucket, "Broken": broken}}) == "ROLLBACK_COMPLETE"
    assert s3.get_object(Bucket="let-go", Key="weights")["Body"].read() == b"1"


def test_what_would_be_deleted_with_its_stack_is_not_adopted(embedded_aws: Any) -> None:
    embedded_aws.client("s3").create_bucket(Bucket="not-kept")
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "not-kept"}}
    assert "must have the DeletionPolicy attribute set to 'Retain'" in adopt(
        embedded_aws, "not-kept", {"Resources": {"It": bucket}}
    )


def test_what_another_stack_has_is_not_adopted(embedded_aws: Any) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "has-owner"}}
    embedded_aws.deploy("owner", {"Resources": {"It": bucket}})
    assert "already exists in stack" in adopt(embedded_aws, "thief", {"Resources": {"It": bucket}})


@pytest.mark.parametrize(("policy", "is_kept"), [("Retain", True), ("RetainExceptOnCreate", False), ("Delete", False)])
def test_a_rolled_back_creation_keeps_only_what_is_retained_always(
    embedded_aws: Any, policy: str, is_kept: bool
) -> None:
    name = f"first-{policy.lower()}"
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": policy, "Properties": {"BucketName": name}}
    broken = {"Type": "AWS::SNS::Topic", "DependsOn": "It", "Properties": {"NoSuchProperty": "1"}}
    failed = embedded_aws.deploy(name, {"Resources": {"It": bucket, "Broken": broken}})
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    buckets = [one["Name"] for one in embedded_aws.client("s3").list_buckets()["Buckets"]]
    assert (name in buckets) == is_kept


def test_what_is_retained_except_on_create_outlives_its_stack(embedded_aws: Any) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "RetainExceptOnCreate"}
    body = {"Resources": {"It": {**bucket, "Properties": {"BucketName": "outlives"}}}}
    assert embedded_aws.deploy("outlives", body)["StackStatus"] == "CREATE_COMPLETE"
    assert embedded_aws.destroy("outlives")["StackStatus"] == "DELETE_COMPLETE"
    assert "outlives" in [one["Name"] for one in embedded_aws.client("s3").list_buckets()["Buckets"]]
