"""Resources of the types that the project's stacks use: created, read back through their own APIs, deleted."""

from typing import Any

import pytest

TAGS = [{"Key": "llm:endpoint", "Value": "chat"}]


def resource(kind: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties, **more}


def stack(**resources: dict[str, Any]) -> dict[str, Any]:
    return {"Resources": resources}


def test_a_bucket_is_encrypted_expires_objects_and_carries_its_tags(embedded_aws: Any) -> None:
    bucket = {
        "BucketName": "types-bucket",
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            ]
        },
        "LifecycleConfiguration": {
            "Rules": [
                {"Id": "keep", "Prefix": "capture/90/", "Status": "Enabled", "ExpirationInDays": 90},
                {
                    "Status": "Enabled",
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                },
            ]
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "VersioningConfiguration": {"Status": "Enabled"},
        "Tags": TAGS,
    }
    done = embedded_aws.deploy("types-bucket", stack(Bucket=resource("AWS::S3::Bucket", bucket)))
    assert done["StackStatus"] == "CREATE_COMPLETE"
    s3 = embedded_aws.client("s3")
    (rule,) = s3.get_bucket_encryption(Bucket="types-bucket")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    first, second = s3.get_bucket_lifecycle_configuration(Bucket="types-bucket")["Rules"]
    assert (first["Filter"]["Prefix"], first["Expiration"]["Days"]) == ("capture/90/", 90)
    assert second["NoncurrentVersionExpiration"]["NoncurrentDays"] == 7
    assert second["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 1
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket="types-bucket")["TagSet"]}
    assert tags["llm:endpoint"] == "chat"
    assert tags["aws:cloudformation:stack-name"] == "types-bucket"
    assert s3.get_bucket_versioning(Bucket="types-bucket")["Status"] == "Enabled"

    del bucket["LifecycleConfiguration"]
    assert embedded_aws.deploy("types-bucket", stack(Bucket=resource("AWS::S3::Bucket", bucket)))
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket="types-bucket")


def test_a_bucket_that_holds_something_is_not_deleted(embedded_aws: Any) -> None:
    embedded_aws.deploy("full-bucket", stack(Bucket=resource("AWS::S3::Bucket", {"BucketName": "full-bucket"})))
    s3 = embedded_aws.client("s3")
    s3.put_object(Bucket="full-bucket", Key="capture.jsonl", Body=b"{}")
    kept = embedded_aws.destroy("full-bucket")
    assert kept["StackStatus"] == "DELETE_FAILED"
    assert "is not empty" in embedded_aws.failures(kept["StackId"])["Bucket"]
    s3.delete_object(Bucket="full-bucket", Key="capture.jsonl")
    assert embedded_aws.destroy("full-bucket")["StackStatus"] == "DELETE_COMPLETE"


def test_topic_stream_and_log_group_use_the_key_they_are_given(embedded_aws: Any) -> None:
    key = {"Fn::GetAtt": ["Key", "Arn"]}
    done = embedded_aws.deploy(
        "types-key",
        {
            **stack(
                Key=resource("AWS::KMS::Key", {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}}),
                Alias=resource("AWS::KMS::Alias", {"AliasName": "alias/types", "TargetKeyId": {"Ref": "Key"}}),
                Topic=resource("AWS::SNS::Topic", {"KmsMasterKeyId": key, "Tags": TAGS}),
                Stream=resource(
                    "AWS::Kinesis::Stream",
                    {"ShardCount": 1, "StreamEncryption": {"EncryptionType": "KMS", "KeyId": key}},
                ),
                Log=resource("AWS::Logs::LogGroup", {"LogGroupName": "types", "RetentionInDays": 30, "KmsKeyId": key}),
            ),
            "Outputs": {
                "Key": {"Value": key},
                "Topic": {"Value": {"Ref": "Topic"}},
                "Stream": {"Value": {"Ref": "Stream"}},
            },
        },
    )
    outputs = {output["OutputKey"]: output["OutputValue"] for output in done["Outputs"]}
    topic = embedded_aws.client("sns").get_topic_attributes(TopicArn=outputs["Topic"])["Attributes"]
    assert topic["KmsMasterKeyId"] == outputs["Key"]
    stream = embedded_aws.client("kinesis").describe_stream_summary(StreamName=outputs["Stream"])
    assert stream["StreamDescriptionSummary"]["KeyId"] == outputs["Key"]
    (group,) = embedded_aws.client("logs").describe_log_groups(logGroupNamePrefix="types")["logGroups"]
    assert (group["retentionInDays"], group["kmsKeyId"]) == (30, outputs["Key"])
    described = embedded_aws.client("kms").describe_key(KeyId="alias/types")["KeyMetadata"]
    assert described["Arn"] == outputs["Key"]


def test_a_delivery_stream_takes_another_key_and_other_tags_in_place(embedded_aws: Any) -> None:
    role = embedded_aws.create_function("types-delivery", "def handler(event, context): pass")
    destination = {"BucketARN": "arn:aws:s3:::types-delivery", "RoleARN": role}
    firehose, kms = embedded_aws.client("firehose"), embedded_aws.client("kms")
    embedded_aws.client("s3").create_bucket(Bucket="types-delivery")
    keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]

    def deployed(**properties: Any) -> tuple[str, dict[str, str]]:
        delivery = {"DeliveryStreamName": "types", "ExtendedS3DestinationConfiguration": destination, **properties}
        done = embedded_aws.deploy(
            "types-delivery", stack(Delivery=resource("AWS::KinesisFirehose::DeliveryStream", delivery))
        )
        assert done["StackStatus"].endswith("_COMPLETE") and "ROLLBACK" not in done["StackStatus"]
        found = firehose.describe_delivery_stream(DeliveryStreamName="types")["DeliveryStreamDescription"]
        tags = firehose.list_tags_for_delivery_stream(DeliveryStreamName="types")["Tags"]
        encryption = found["DeliveryStreamEncryptionConfiguration"]
        return encryption.get("KeyARN", encryption["Status"]), {tag["Key"]: tag["Value"] for tag in tags}

    for key, owner in zip(keys, ("alpha", "beta"), strict=True):
        encryption = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key}
        now, tags = deployed(
            DeliveryStreamEncryptionConfigurationInput=encryption, Tags=[{"Key": "llm:team", "Value": owner}]
        )
        assert (now, tags["llm:team"]) == (key, owner)
    now, tags = deployed()
    assert now == "DISABLED"
    assert "llm:team" not in tags


def test_alarms_on_metric_math_and_on_other_alarms_are_kept_as_written(embedded_aws: Any) -> None:
    def query(name: str, metric: str) -> dict[str, Any]:
        what = {
            "Namespace": "AWS/SageMaker",
            "MetricName": metric,
            "Dimensions": [{"Name": "EndpointName", "Value": "c"}],
        }
        return {"Id": name, "ReturnData": False, "MetricStat": {"Metric": what, "Period": "60", "Stat": "Sum"}}

    common = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 3, "Threshold": 0.05}
    share = {
        **common,
        "AlarmName": "types-share",
        "Metrics": [
            {"Id": "share", "Expression": "bad / all", "ReturnData": True},
            query("bad", "Invocation4XXErrors"),
            query("all", "Invocations"),
        ],
        "Tags": TAGS,
    }
    either = {"AlarmName": "types-either", "AlarmRule": {"Fn::Sub": 'ALARM("${Share}")'}, "Tags": TAGS}
    embedded_aws.deploy(
        "types-alarms",
        stack(
            Share=resource("AWS::CloudWatch::Alarm", share),
            Either=resource("AWS::CloudWatch::CompositeAlarm", either),
        ),
    )
    cloudwatch = embedded_aws.client("cloudwatch")
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix="types-", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    (metric_alarm,), (composite,) = alarms["MetricAlarms"], alarms["CompositeAlarms"]
    assert [one["Id"] for one in metric_alarm["Metrics"]] == ["share", "bad", "all"]
    assert metric_alarm["Metrics"][1]["MetricStat"]["Period"] == 60
    assert "MetricName" not in metric_alarm
    assert composite["AlarmRule"] == 'ALARM("types-share")'
    tags = cloudwatch.list_tags_for_resource(ResourceARN=composite["AlarmArn"])["Tags"]
    assert {"Key": "llm:endpoint", "Value": "chat"} in tags
    assert embedded_aws.destroy("types-alarms")["StackStatus"] == "DELETE_COMPLETE"


def test_an_alarm_whose_metrics_return_nothing_or_two_things_is_refused(embedded_aws: Any) -> None:
    two = [{"Id": name, "Expression": "1"} for name in ("a", "b")]
    alarm = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1, "Metrics": two}
    failed = embedded_aws.deploy("types-two", stack(Alarm=resource("AWS::CloudWatch::Alarm", alarm)))
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "exactly one element of Metrics must return data" in embedded_aws.failures(failed["StackId"])["Alarm"]


def test_an_alarm_on_metric_math_may_come_from_the_api_as_well(embedded_aws: Any) -> None:
    cloudwatch = embedded_aws.client("cloudwatch")
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations"}
    alarm = {
        "AlarmName": "types-api",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "Metrics": [
            {"Id": "double", "Expression": "2 * all"},
            {"Id": "all", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        ],
    }
    cloudwatch.put_metric_alarm(**alarm)
    (kept,) = cloudwatch.describe_alarms(AlarmNames=["types-api"])["MetricAlarms"]
    assert [one["Id"] for one in kept["Metrics"]] == ["double", "all"]
    assert "MetricName" not in kept
    with pytest.raises(cloudwatch.exceptions.ClientError, match="does not evaluate the function RATE"):
        cloudwatch.put_metric_alarm(**{**alarm, "Metrics": [{"Id": "rate", "Expression": "RATE(all)"}]})
    cloudwatch.delete_alarms(AlarmNames=["types-api"])


def test_a_parameter_may_be_read_from_ssm_by_the_next_stack(embedded_aws: Any) -> None:
    written = {"Name": "/types/bucket", "Type": "String", "Value": "the-bucket"}
    embedded_aws.deploy("types-writes", stack(Written=resource("AWS::SSM::Parameter", written)))
    reader = {
        "Parameters": {"Bucket": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/types/bucket"}},
        **stack(Copy=resource("AWS::SSM::Parameter", {"Type": "String", "Value": {"Ref": "Bucket"}})),
        "Outputs": {"Read": {"Value": {"Ref": "Bucket"}}},
    }
    done = embedded_aws.deploy("types-reads", reader, Tags=[{"Key": "llm:managed-by", "Value": "modelyard"}])
    assert done["Outputs"][0]["OutputValue"] == "the-bucket"
    assert done["Tags"] == [{"Key": "llm:managed-by", "Value": "modelyard"}]


def test_what_is_tagged_in_a_template_is_tagged_in_its_service(embedded_aws: Any) -> None:
    anything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}]}
    done = embedded_aws.deploy(
        "types-tags",
        {
            **stack(
                Policy=resource("AWS::IAM::ManagedPolicy", {"PolicyDocument": anything, "Tags": TAGS}),
            ),
            "Outputs": {"Policy": {"Value": {"Ref": "Policy"}}},
        },
        Tags=[{"Key": "llm:managed-by", "Value": "modelyard"}],
        Capabilities=["CAPABILITY_IAM"],
    )
    outputs = {output["OutputKey"]: output["OutputValue"] for output in done["Outputs"]}
    of_policy = embedded_aws.client("iam").list_policy_tags(PolicyArn=outputs["Policy"])["Tags"]
    expected = {"llm:endpoint": "chat", "llm:managed-by": "modelyard", "aws:cloudformation:stack-name": "types-tags"}
    assert {tag["Key"]: tag["Value"] for tag in of_policy}.items() >= expected.items()


def test_an_unknown_type_fails_the_deploy_before_anything_is_made(embedded_aws: Any) -> None:
    cloudformation = embedded_aws.client("cloudformation")
    with pytest.raises(cloudformation.exceptions.ClientError, match=r"Unrecognized resource types: \[AWS::Made::Up\]"):
        embedded_aws.deploy("types-unknown", stack(Thing=resource("AWS::Made::Up", {})))


def test_a_property_that_would_be_lost_fails_the_resource_and_leaves_nothing_behind(embedded_aws: Any) -> None:
    stream = {"Name": "types-lost", "ShardCount": 1, "MaxRecordSizeInKiB": 2048}
    failed = embedded_aws.deploy("types-lost", stack(Stream=resource("AWS::Kinesis::Stream", stream)))
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    assert embedded_aws.failures(failed["StackId"])["Stream"] == (
        "embedded AWS cannot create the property MaxRecordSizeInKiB of AWS::Kinesis::Stream: "
        "it would be lost in silence"
    )
    assert "types-lost" not in embedded_aws.client("kinesis").list_streams()["StreamNames"]


def test_a_change_that_would_be_lost_fails_the_update(embedded_aws: Any) -> None:
    stream = {"Name": "types-size", "ShardCount": 1}
    embedded_aws.deploy("types-size", stack(Stream=resource("AWS::Kinesis::Stream", stream)))
    failed = embedded_aws.deploy(
        "types-size", stack(Stream=resource("AWS::Kinesis::Stream", {**stream, "MaxRecordSizeInKiB": 2048}))
    )
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "cannot update the property MaxRecordSizeInKiB" in embedded_aws.failures(failed["StackId"])["Stream"]


def test_an_update_tells_of_what_it_changed_and_of_nothing_else(embedded_aws: Any) -> None:
    def template(value: str) -> dict[str, Any]:
        return stack(
            Same=resource("AWS::SSM::Parameter", {"Type": "String", "Value": "as it was"}),
            Other=resource("AWS::SSM::Parameter", {"Type": "String", "Value": value}),
        )

    embedded_aws.deploy("types-events", template("before"))
    done = embedded_aws.deploy("types-events", template("after"))
    assert done["StackStatus"] == "UPDATE_COMPLETE"
    events = embedded_aws.client("cloudformation").describe_stack_events(StackName="types-events")["StackEvents"]
    updates = [
        (event["LogicalResourceId"], event["ResourceStatus"])
        for event in reversed(events)
        if event["ResourceStatus"].startswith("UPDATE") and event["PhysicalResourceId"] != done["StackId"]
    ]
    assert updates == [("Other", "UPDATE_IN_PROGRESS"), ("Other", "UPDATE_COMPLETE")]


def test_a_role_gets_a_permissions_boundary_later_and_loses_it_again(embedded_aws: Any) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {"RoleName": "types-bounded", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}}
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    boundary = resource("AWS::IAM::ManagedPolicy", {"ManagedPolicyName": "types-boundary", "PolicyDocument": policy})
    bounded = resource("AWS::IAM::Role", {**role, "PermissionsBoundary": {"Ref": "Boundary"}})
    plain = resource("AWS::IAM::Role", role)
    named = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
    iam = embedded_aws.client("iam")

    def boundary_after(body: dict[str, Any], status: str) -> str | None:
        done = embedded_aws.deploy("types-bounded", body, **named)
        assert done["StackStatus"] == status, embedded_aws.failures(done["StackId"])
        found = iam.get_role(RoleName="types-bounded")["Role"].get("PermissionsBoundary", {})
        return found.get("PermissionsBoundaryArn")

    arn = "arn:aws:iam::000000000000:policy/types-boundary"
    assert boundary_after(stack(Boundary=boundary, Role=plain), "CREATE_COMPLETE") is None
    assert boundary_after(stack(Boundary=boundary, Role=bounded), "UPDATE_COMPLETE") == arn
    nowhere = resource("AWS::IAM::Role", {**role, "PermissionsBoundary": arn + "-of-nobody"})
    assert boundary_after(stack(Boundary=boundary, Role=nowhere), "UPDATE_ROLLBACK_COMPLETE") == arn
    assert boundary_after(stack(Boundary=boundary, Role=plain), "UPDATE_COMPLETE") is None
