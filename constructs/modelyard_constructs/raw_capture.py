"""Captured requests as SageMaker wrote them, where a processor makes copies: nobody reads them, and they do not stay.

Both hold for what lies there when the processor is switched off, too.
"""

from __future__ import annotations

from typing import Any

from modelyard.blueprint.resource import Reference
from modelyard.catalog.naming import RAW_CAPTURE_PREFIX
from modelyard_constructs.policy_document import Statement
from modelyard_constructs.private_bucket import expire
from modelyard_constructs.shared_storage import CAPTURE
from modelyard_constructs.target import Target

# Every action that hands out what an object holds (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html).
READ_OBJECTS = (
    "s3:GetObject",
    "s3:GetObjectTorrent",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionTorrent",
    "s3:InitiateReplication",
)
# What an environment may ask for at most.
LONGEST_KEEP_DAYS = 30


def raw_objects(target: Target) -> str:
    """The ARN of all raw files."""
    return target.object_arn(target.bucket_name(CAPTURE), f"{RAW_CAPTURE_PREFIX}*")


def raw_lifecycle(*, keep_days: int = LONGEST_KEEP_DAYS) -> dict[str, Any]:
    """How long they are kept. Baselines are counts of nobody's words, and stay."""
    return expire("raw-capture", days=keep_days, prefix=RAW_CAPTURE_PREFIX)


def nobody_reads_raw(target: Target, *, but: Reference | None = None) -> Statement:
    """Keeps everybody from reading them but one role, administrators of the account included.

    Replication reads with actions of its own
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html), and a torrent or a
    Select would be another way. A role that S3 or another service of AWS uses is a principal like any other. Whoever
    may change the processor's code or its role's trust still gets there: that is said in the docs, since no bucket's
    policy can refuse it.
    """
    statement: Statement = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": list(READ_OBJECTS),
        "Resource": [raw_objects(target)],
    }
    return statement | ({} if but is None else {"Condition": {"ArnNotEquals": {"aws:PrincipalArn": but}}})
