"""Metrics of records by Flink: the job, the stream that its windows are put into, and what publishes them."""

from __future__ import annotations

from typing import ClassVar

from modelyard.blueprint.construct import Construct, Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard.catalog.naming import VARIANT_NAME
from modelyard_constructs.event_function import EventFunction
from modelyard_constructs.flink_application import FlinkApplication
from modelyard_constructs.key_use import READ, READ_AND_WRITE, WRITE, through_kinesis, through_s3
from modelyard_constructs.policy_document import allow
from modelyard_constructs.private_bucket import PrivateBucket
from modelyard_constructs.record_stream import RecordStream
from modelyard_constructs.shared_storage import SIGNALS
from modelyard_constructs.stream_mapping import GIVEN_UP_PREFIX, READ_STREAM, StreamMapping
from modelyard_constructs.stream_processing import KNOW_ENDPOINTS
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

WINDOW_STREAM_RETENTION_HOURS = 24
# A batch becomes a few requests to CloudWatch, most of whose time is waiting.
MEMORY_MB = 512
TIMEOUT_SECONDS = 60
BATCHING_SECONDS = 5


class WindowStream(Resource):
    """The rows that Flink makes of a minute. It grows by itself: all windows of a minute are put at once."""

    accepted_findings: ClassVar = RecordStream.accepted_findings

    def __init__(
        self, scope: Scope, logical_id: str, *, target: Target, tags: TagSet, key_arn: str | Reference
    ) -> None:
        super().__init__(
            scope,
            logical_id,
            type="AWS::Kinesis::Stream",
            properties={
                "StreamModeDetails": {"StreamMode": "ON_DEMAND"},
                "RetentionPeriodHours": WINDOW_STREAM_RETENTION_HOURS,
                "StreamEncryption": {"EncryptionType": "KMS", "KeyId": key_arn},
                "Tags": tags.listing("aggregation"),
            },
        )

    @property
    def arn(self) -> Reference:
        """The stream's ARN."""
        return self.attribute("Arn")


class FlinkAggregation(Construct):
    """Wires the job between the two streams. It is no construct itself: its parts lie in the stack, like all others."""

    accepted_findings: ClassVar = {
        "AwsSolutions-IAM5": "cloudwatch:PutMetricData knows no resources and is held to one namespace, and "
        "sagemaker:ListEndpoints knows none and tells names; objects are named when they are written, below the prefix "
        "that is granted; keys are held by what they encrypt",
    }
    application_findings: ClassVar = {
        "AwsSolutions-IAM5": "logs:DescribeLogGroups knows no single group, and lists names alone; "
        "keys are held by what they encrypt",
    }

    def __init__(
        self,
        scope: Scope,
        *,
        target: Target,
        tags: TagSet,
        stream: RecordStream,
        key_arn: str | Reference,
        signals_bucket: PrivateBucket,
    ) -> None:
        super().__init__(scope, "Aggregation")
        windows = WindowStream(self, "WindowStream", target=target, tags=tags, key_arn=key_arn)
        FlinkApplication(
            self,
            "Aggregation",
            target=target,
            tags=tags,
            description="records of requests into windows of a minute",
            properties={
                "region": target.region,
                "record.stream.arn": stream.arn,
                "window.stream.arn": windows.arn,
            },
            grants={
                "read-records": [
                    allow(READ_STREAM, [stream.arn]),
                    through_kinesis(target, READ, stream.arn),
                ],
                "write-windows": [
                    allow(["kinesis:DescribeStreamSummary", "kinesis:PutRecords"], [windows.arn]),
                    through_kinesis(target, WRITE, windows.arn),
                ],
            },
            key_arn=key_arn,
        )
        publisher = EventFunction(
            self,
            "WindowPublisher",
            target=target,
            tags=tags,
            function="window_publisher",
            description="windows of requests, as metrics into CloudWatch",
            memory_mb=MEMORY_MB,
            timeout_seconds=TIMEOUT_SECONDS,
            variables={"MODELYARD_VARIANTS": VARIANT_NAME},
            grants={
                "read-windows": [
                    allow(READ_STREAM, [windows.arn]),
                    through_kinesis(target, READ, windows.arn),
                    through_s3(target, READ_AND_WRITE, SIGNALS),
                ],
                "know-endpoints": [KNOW_ENDPOINTS],
                "publish": [
                    allow(
                        ["cloudwatch:PutMetricData"],
                        ["*"],
                        StringEquals={"cloudwatch:namespace": ["modelyard/Requests"]},
                    ),
                    allow(["s3:PutObject"], [target.object_arn(signals_bucket.name, f"{GIVEN_UP_PREFIX}*")]),
                    # Lambda looks whether the bucket of given-up batches is there.
                    allow(["s3:ListBucket"], [target.object_arn(signals_bucket.name)]),
                ],
            },
            key_arn=key_arn,
        )
        self.publisher_name = publisher.name
        self.mapping = StreamMapping(
            self,
            "WindowPublisherMapping",
            stream_arn=windows.arn,
            function=publisher,
            given_up=signals_bucket,
            batching_seconds=BATCHING_SECONDS,
            tags=tags,
            component="window-publisher",
        )
