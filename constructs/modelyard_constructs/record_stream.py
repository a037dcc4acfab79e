"""The record stream: one Kinesis data stream of an environment that takes a record of every request."""

from __future__ import annotations

from typing import Any, ClassVar

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard.catalog.partitions import log_delivery_principal
from modelyard.catalog.schema import Shards, Signals
from modelyard_constructs.key_use import WRITE, through_kinesis
from modelyard_constructs.policy_document import allow, policy_document
from modelyard_constructs.published_value import PublishedValue
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

RECORD_STREAM = "record-stream-arn"
RECORD_DELIVERY_ROLE = "record-delivery-role-arn"


class RecordStream(Resource):
    """The stream with the role by which CloudWatch Logs puts records into it.

    It goes with its stack, unlike the buckets: what it holds is on its way, and an idle stream is billed by the hour.
    Endpoints know both by name, so that they find the stream again where it was gone and came back: CloudFormation
    reads no published value again for a template that did not change.
    """

    accepted_findings: ClassVar = {
        "AwsSolutions-KDS3": "the rule prefers AWS's own key for its price; the records lie under the environment's "
        "key, as everything else that says what users did",
    }

    def __init__(
        self,
        scope: Scope,
        logical_id: str,
        *,
        target: Target,
        signals: Signals,
        key_arn: str | Reference,
        tags: TagSet,
    ) -> None:
        super().__init__(
            scope,
            logical_id,
            type="AWS::Kinesis::Stream",
            properties={
                "Name": target.record_stream_name,
                **_capacity(signals),
                "RetentionPeriodHours": signals.stream_retention_hours,
                "StreamEncryption": {"EncryptionType": "KMS", "KeyId": key_arn},
                "Tags": tags.listing("record-stream"),
            },
        )
        delivery = RecordDeliveryRole(scope, f"{logical_id}DeliveryRole", target=target, stream=self, tags=tags)
        published = {RECORD_STREAM: self.arn, RECORD_DELIVERY_ROLE: delivery.attribute("Arn")}
        for what, value in published.items():
            parameter_id = "".join(word.capitalize() for word in what.split("-"))
            PublishedValue(scope, parameter_id, target=target, what=what, value=value, tags=tags)

    @property
    def arn(self) -> Reference:
        """The stream's ARN."""
        return self.attribute("Arn")


class RecordDeliveryRole(Resource):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html (Kinesis Data Streams)."""

    accepted_findings: ClassVar = {"AwsSolutions-IAM5": "keys are held by what they encrypt, which is the stream"}

    def __init__(self, scope: Scope, logical_id: str, *, target: Target, stream: RecordStream, tags: TagSet) -> None:
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": log_delivery_principal(target.region)},
            "Action": "sts:AssumeRole",
            # Without it, another account's logs could be sent by way of this role.
            "Condition": {"StringLike": {"aws:SourceArn": target.arn("logs", "*")}},
        }
        # https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html: a producer makes data keys.
        statements = [
            allow(["kinesis:PutRecord", "kinesis:PutRecords"], [stream.arn]),
            through_kinesis(target, WRITE, stream.arn),
        ]
        super().__init__(
            scope,
            logical_id,
            type="AWS::IAM::Role",
            properties={
                "RoleName": target.record_delivery_role_name,
                "AssumeRolePolicyDocument": policy_document([trust]),
                "Policies": [{"PolicyName": "put-records", "PolicyDocument": policy_document(statements)}],
                "Tags": tags.listing("permissions"),
            },
        )


def _capacity(signals: Signals) -> dict[str, Any]:
    if isinstance(signals.stream, Shards):
        return {"StreamModeDetails": {"StreamMode": "PROVISIONED"}, "ShardCount": signals.stream.shards}
    return {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}
