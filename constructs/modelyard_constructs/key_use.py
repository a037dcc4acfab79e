"""What a role may do with keys: whatever a service asks for its own buckets, streams and topics, under whichever key.

No statement names a key, so no role notices that an environment's key was switched, and all that lies under a former
one stays readable (docs/decisions/0008-roles-name-no-key.md). What is held instead is the thing that is encrypted:
services tell KMS of it in the encryption context, and IAM sees for which service KMS is asked.
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from modelyard.blueprint.resource import Reference
from modelyard.catalog.forms import BucketPurpose
from modelyard_constructs.policy_document import Statement, allow
from modelyard_constructs.target import Target

# The key under which services tell KMS what they encrypt, and the documentation that says so.
_CONTEXTS = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html (encryption context)
    "s3": "aws:s3:arn",
    # https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html (encryption context)
    "kinesis": "aws:kinesis:arn",
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    "sns": "aws:sns:topicArn",
}

READ = ("kms:Decrypt",)
WRITE = ("kms:GenerateDataKey",)
# Uploads in parts are read again when they are put together.
READ_AND_WRITE = ("kms:Decrypt", "kms:GenerateDataKey")


def through_s3(target: Target, actions: Sequence[str], *purposes: BucketPurpose) -> Statement:
    """For objects of the environment's buckets: of the bucket as a whole where S3 uses a bucket key, else of each."""
    buckets = [target.object_arn(target.bucket_name(purpose)) for purpose in purposes]
    return _through(target, "s3", actions, [one for bucket in buckets for one in (bucket, f"{bucket}/*")])


def through_kinesis(target: Target, actions: Sequence[str], *streams: str | Reference) -> Statement:
    """For records of these streams."""
    return _through(target, "kinesis", actions, streams)


def through_sns(target: Target, actions: Sequence[str], *topics: Reference) -> Statement:
    """For messages of these topics."""
    return _through(target, "sns", actions, topics)


def _through(
    target: Target, service: Literal["s3", "kinesis", "sns"], actions: Sequence[str], what: Sequence[str | Reference]
) -> Statement:
    # A key of another account is usable only where its own policy says so too.
    any_key = f"arn:{target.partition}:kms:{target.region}:*:key/*"
    return allow(
        actions,
        [any_key],
        StringLike={
            "kms:ViaService": f"{service}.{target.region}.*",
            f"kms:EncryptionContext:{_CONTEXTS[service]}": list(what),
        },
    )
