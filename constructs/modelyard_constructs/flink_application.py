"""A job on Managed Service for Apache Flink, with its role and the log that it writes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from modelyard.blueprint.asset import AssetText
from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard_constructs.flink_archive import (
    MAIN,
    RUNTIME,
    any_connector,
    connector_name,
    flink_asset,
    found_connector,
)
from modelyard_constructs.policy_document import Statement, allow, policy_document
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

LOG_KEEP_DAYS = 30
# Rows that were put since the last checkpoint come again when the job is started again.
CHECKPOINT_SECONDS = 60
PAUSE_SECONDS = 5


class FlinkApplication(Resource):
    """Runs flink/main.py; its name is `modelyard-<environment>-aggregation`.

    `grants` are the statements of its role by policy name; reading its own code and writing its own log are among them.
    CloudFormation creates it stopped, and starts it never: an operator does, once
    (https://docs.aws.amazon.com/managed-flink/latest/apiv2/API_StartApplication.html).
    """

    accepted_findings: ClassVar = {}

    def __init__(
        self,
        scope: Scope,
        logical_id: str,
        *,
        target: Target,
        tags: TagSet,
        description: str,
        properties: Mapping[str, str | Reference],
        grants: Mapping[str, Sequence[Statement]],
        key_arn: str | Reference,
    ) -> None:
        self.name = target.stack_name("aggregation")
        connector = found_connector() if target.bundles else any_connector()
        asset = flink_asset(connector)
        code_bucket = {"Fn::Sub": AssetText(asset, "arn:${AWS::Partition}:s3:::{bucket}")}
        code_object = {"Fn::Sub": AssetText(asset, "arn:${AWS::Partition}:s3:::{bucket}/{key}")}
        log_group = Resource(
            scope,
            f"{logical_id}LogGroup",
            type="AWS::Logs::LogGroup",
            properties={
                "LogGroupName": f"/aws/kinesis-analytics/{self.name}",
                "RetentionInDays": LOG_KEEP_DAYS,
                "KmsKeyId": key_arn,
                "Tags": tags.listing("aggregation"),
            },
        )
        log_stream = Resource(
            scope,
            f"{logical_id}LogStream",
            type="AWS::Logs::LogStream",
            properties={"LogGroupName": log_group.reference, "LogStreamName": "application"},
        )
        log_stream_arn = target.arn("logs", f"log-group:/aws/kinesis-analytics/{self.name}:log-stream:application")
        # https://docs.aws.amazon.com/managed-flink/latest/java/cloudwatch-logs.html (permissions)
        own = [
            allow(["s3:GetObject", "s3:GetObjectVersion"], [code_object]),
            allow(["logs:DescribeLogGroups"], [target.arn("logs", "log-group:*")]),
            allow(["logs:DescribeLogStreams"], [log_group.attribute("Arn")]),
            allow(["logs:PutLogEvents"], [log_stream_arn]),
        ]
        role = Resource(
            scope,
            f"{logical_id}Role",
            type="AWS::IAM::Role",
            properties={
                "AssumeRolePolicyDocument": policy_document(
                    [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "kinesisanalytics.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                            # https://docs.aws.amazon.com/managed-flink/latest/java/iam-cross-service-confused-deputy.html
                            "Condition": {
                                "StringEquals": {"aws:SourceAccount": target.account},
                                "ArnEquals": {
                                    "aws:SourceArn": target.arn("kinesisanalytics", f"application/{self.name}")
                                },
                            },
                        }
                    ]
                ),
                "Policies": [
                    {"PolicyName": name, "PolicyDocument": policy_document(statements)}
                    for name, statements in {"own-code-and-log": own, **grants}.items()
                ],
                "Tags": tags.listing("aggregation"),
            },
        )
        run_options = {"python": MAIN, "jarfile": connector_name(connector)}
        configuration: dict[str, Any] = {
            "ApplicationCodeConfiguration": {
                "CodeContentType": "ZIPFILE",
                "CodeContent": {"S3ContentLocation": {"BucketARN": code_bucket, "FileKey": AssetText(asset, "{key}")}},
            },
            "ApplicationSnapshotConfiguration": {"SnapshotsEnabled": True},
            "EnvironmentProperties": {
                "PropertyGroups": [
                    {"PropertyGroupId": "kinesis.analytics.flink.run.options", "PropertyMap": run_options},
                    {"PropertyGroupId": "modelyard", "PropertyMap": dict(properties)},
                ]
            },
            "FlinkApplicationConfiguration": {
                "CheckpointConfiguration": {
                    "ConfigurationType": "CUSTOM",
                    "CheckpointingEnabled": True,
                    "CheckpointInterval": CHECKPOINT_SECONDS * 1000,
                    "MinPauseBetweenCheckpoints": PAUSE_SECONDS * 1000,
                },
                "MonitoringConfiguration": {
                    "ConfigurationType": "CUSTOM",
                    # Finer ones are billed as metrics of one's own, one for each task.
                    "MetricsLevel": "APPLICATION",
                    "LogLevel": "WARN",
                },
                # From one unit of 1 vCPU and 4 GB on, as the load asks for.
                "ParallelismConfiguration": {
                    "ConfigurationType": "CUSTOM",
                    "AutoScalingEnabled": True,
                    "Parallelism": 1,
                    "ParallelismPerKPU": 1,
                },
            },
        }
        super().__init__(
            scope,
            logical_id,
            type="AWS::KinesisAnalyticsV2::Application",
            properties={
                "ApplicationName": self.name,
                "ApplicationDescription": description,
                "RuntimeEnvironment": RUNTIME,
                "ServiceExecutionRole": role.attribute("Arn"),
                "ApplicationConfiguration": configuration,
                "Tags": tags.listing("aggregation"),
            },
        )
        Resource(
            scope,
            f"{logical_id}Log",
            type="AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption",
            properties={
                "ApplicationName": self.reference,
                "CloudWatchLoggingOption": {
                    "LogStreamARN": {
                        "Fn::Sub": [
                            "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}"
                            ":log-stream:${Stream}",
                            {"Group": log_group.reference, "Stream": log_stream.reference},
                        ]
                    }
                },
            },
        )
