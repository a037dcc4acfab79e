"""Properties that MiniStack's types leave out and that the project's stacks use, one setter each.

A setter gets the physical id and the property's value, None when an update dropped it.
"""

from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import cloudwatch, firehose, iam, kinesis, lambda_svc, sns
from ministack.services.cloudformation import provisioners

from localaws.cloudformation import bucket_properties
from localaws.cloudformation.resource_type import handler_errors
from localaws.event_source.resharding import update_shard_count

Setter = Callable[[str, Any], None]


def _topic_attribute(name: str) -> Setter:
    def set_attribute(topic_arn: str, value: Any) -> None:
        attributes = sns._topics[topic_arn]["attributes"]
        attributes.pop(name, None)
        if value is not None:
            attributes[name] = str(value)

    return set_attribute


def _set_stream_encryption(stream_name: str, value: dict[str, str] | None) -> None:
    stream = kinesis._streams[stream_name]
    stream["EncryptionType"] = "NONE"
    stream.pop("KeyId", None)
    if value is not None:
        stream.update(EncryptionType=value["EncryptionType"], KeyId=value["KeyId"])


def _set_stream_mode(stream_name: str, value: dict[str, str] | None) -> None:
    kinesis._streams[stream_name]["StreamModeDetails"] = value or {"StreamMode": "PROVISIONED"}


def _set_shard_count(stream_name: str, value: Any) -> None:
    # A stream that becomes on-demand keeps the shards that it has, and so does one whose template says no number:
    # https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
    if value is not None:
        with handler_errors("Kinesis"):
            update_shard_count(kinesis._streams[stream_name], int(value))


def _set_delivery_encryption(name: str, value: dict[str, str] | None) -> None:
    stream = {"DeliveryStreamName": name}
    if value is None:
        firehose._stop_delivery_stream_encryption(stream)
    else:
        firehose._start_delivery_stream_encryption({**stream, "DeliveryStreamEncryptionConfigurationInput": value})


def _set_delivery_tags(name: str, value: list[dict[str, str]] | None) -> None:
    firehose._streams[name]["tags"] = {tag["Key"]: tag["Value"] for tag in value or ()}


def _set_mapping_tags(mapping_id: str, value: list[dict[str, str]] | None) -> None:
    lambda_svc._esms[mapping_id]["Tags"] = {tag["Key"]: tag["Value"] for tag in value or ()}


def _set_mapping_metrics(mapping_id: str, value: dict[str, list[str]] | None) -> None:
    lambda_svc._esms[mapping_id]["MetricsConfig"] = value or {"Metrics": []}


def _set_dashboard_tags(dashboard: str, value: list[dict[str, str]] | None) -> None:
    arn = f"arn:aws:cloudwatch::{get_account_id()}:dashboard/{dashboard}"
    cloudwatch._resource_tags[arn] = {tag["Key"]: tag["Value"] for tag in value or ()}


def _set_policy_tags(policy_arn: str, value: list[dict[str, str]] | None) -> None:
    iam._policies[policy_arn]["Tags"] = list(value or ())


def _set_boundary(role_name: str, value: str | None) -> None:
    if value is not None and not iam._policy_exists(value):
        raise ValueError(f"Scope ARN: {value} does not exist or is not attachable.")
    iam._roles[role_name]["PermissionsBoundary"] = value


SETTERS: dict[str, dict[str, Setter]] = {
    "AWS::S3::Bucket": {
        # Who owns objects decides whether an ACL may be set, so it comes first.
        "OwnershipControls": bucket_properties.set_ownership_controls,
        "AccessControl": bucket_properties.set_canned_acl,
        "BucketEncryption": bucket_properties.set_encryption,
        "LifecycleConfiguration": bucket_properties.set_lifecycle,
        "LoggingConfiguration": bucket_properties.set_logging,
        "Tags": bucket_properties.set_tags,
    },
    "AWS::SNS::Topic": {
        "KmsMasterKeyId": _topic_attribute("KmsMasterKeyId"),
        "SignatureVersion": _topic_attribute("SignatureVersion"),
        "TracingConfig": _topic_attribute("TracingConfig"),
    },
    "AWS::Kinesis::Stream": {
        "StreamEncryption": _set_stream_encryption,
        # Shards are counted in provisioned mode only, so it comes first.
        "StreamModeDetails": _set_stream_mode,
        "ShardCount": _set_shard_count,
    },
    "AWS::KinesisFirehose::DeliveryStream": {
        "DeliveryStreamEncryptionConfigurationInput": _set_delivery_encryption,
        "Tags": _set_delivery_tags,
    },
    "AWS::Lambda::EventSourceMapping": {"Tags": _set_mapping_tags, "MetricsConfig": _set_mapping_metrics},
    "AWS::CloudWatch::Dashboard": {"Tags": _set_dashboard_tags},
    "AWS::IAM::Role": {"PermissionsBoundary": _set_boundary},
    "AWS::IAM::ManagedPolicy": {"Tags": _set_policy_tags},
}


def complete_types() -> None:
    """Give those types the stack's tags where they lack them, and let no bucket with contents be deleted."""
    for name, setters in SETTERS.items():
        if "Tags" in setters:
            provisioners._STACK_TAG_PROPERTY[name] = ("Tags", "list")
    bucket = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    bucket["delete"] = bucket_properties.refuse_to_delete_contents(bucket["delete"])
