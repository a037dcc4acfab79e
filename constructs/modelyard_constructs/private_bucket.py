"""A bucket that nobody reads by accident: no public access, TLS only, encrypted, kept when its stack goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard.catalog.forms import BucketPurpose
from modelyard_constructs.policy_document import Statement, allow, policy_document
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

_NO_PUBLIC_ACCESS = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}


class PrivateBucket(Resource):
    """A bucket with its policy; without a key it is encrypted with S3's own."""

    def __init__(
        self,
        scope: Scope,
        logical_id: str,
        *,
        target: Target,
        purpose: BucketPurpose,
        tags: TagSet,
        key_arn: str | Reference | None,
        lifecycle: Sequence[dict[str, Any]],
        versioned: bool = False,
        access_logs: PrivateBucket | None = None,
        grants: Sequence[Statement] = (),
        notifications: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = target.bucket_name(purpose)
        encryption: dict[str, Any] = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        if key_arn is not None:
            encryption = {
                "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn},
                "BucketKeyEnabled": True,
            }
        properties: dict[str, Any] = {
            "BucketName": self.name,
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
            "LifecycleConfiguration": {"Rules": [*lifecycle, _abandoned_uploads()]},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": _NO_PUBLIC_ACCESS,
            "Tags": tags.listing("storage"),
        }
        if versioned:
            properties["VersioningConfiguration"] = {"Status": "Enabled"}
        if notifications is not None:
            properties["NotificationConfiguration"] = dict(notifications)
        if access_logs is not None:
            properties["LoggingConfiguration"] = {
                "DestinationBucketName": access_logs.reference,
                "LogFilePrefix": f"{purpose}/",
            }
        super().__init__(scope, logical_id, type="AWS::S3::Bucket", properties=properties)
        # Kept when its stack goes, but not when the deployment fails that was to make it: its name would be in the way
        # of the next one.
        self.retain()
        tls_only = {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": ["s3:*"],
            "Resource": [target.object_arn(self.name), target.object_arn(self.name, "*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = Resource(
            scope,
            f"{logical_id}Policy",
            type="AWS::S3::BucketPolicy",
            # Written out rather than referred to: what was kept is found again by its name
            # (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html).
            properties={"Bucket": self.name, "PolicyDocument": policy_document([tls_only, *grants])},
        )
        policy.retain()
        policy.depend_on(self)


def expire(rule_id: str, *, days: int, prefix: str = "") -> dict[str, Any]:
    """A lifecycle rule that deletes the objects of a prefix after so many days, with every version of them."""
    return {
        "Id": rule_id,
        "Status": "Enabled",
        "ExpirationInDays": days,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        **({"Prefix": prefix} if prefix else {}),
    }


def forget_old_versions(*, days: int) -> dict[str, Any]:
    """A lifecycle rule that deletes replaced and deleted objects for good after so many days."""
    return {
        "Id": "forget-old-versions",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": days},
        # A deleted object leaves a marker, which nothing else would take away.
        "ExpiredObjectDeleteMarker": True,
    }


def access_log_delivery(target: Target, purpose: BucketPurpose) -> Statement:
    """Lets S3 write the access logs of this account's buckets.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    return {
        **allow(
            ["s3:PutObject"],
            [target.object_arn(target.bucket_name(purpose), "*")],
            StringEquals={"aws:SourceAccount": target.account},
        ),
        "Principal": {"Service": "logging.s3.amazonaws.com"},
    }


def _abandoned_uploads() -> dict[str, Any]:
    # Parts of an upload that nobody finished are billed and never listed.
    return {
        "Id": "abandoned-uploads",
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
