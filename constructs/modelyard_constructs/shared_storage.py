"""What an endpoint's stack knows of the foundation's: by name where it can, so that neither stack locks the other."""

from __future__ import annotations

from dataclasses import dataclass

from modelyard.catalog.forms import BucketPurpose
from modelyard_constructs.target import Target

ARTIFACTS: BucketPurpose = "artifacts"
CAPTURE: BucketPurpose = "capture"
ASYNC: BucketPurpose = "async"
SIGNALS: BucketPurpose = "signals"


@dataclass(frozen=True, kw_only=True)
class SharedStorage:
    """The environment's buckets and key.

    Buckets have names that are known before anything is deployed: CloudFormation reads what SSM publishes again only
    where a template changed, so a value that moved would not be noticed. The foundation's own key has no such name; but
    it is one key for as long as the foundation stands, and the company's own is named.
    """

    artifacts_bucket: str
    capture_bucket: str
    async_bucket: str
    key_arn: str

    @classmethod
    def of(cls, target: Target) -> SharedStorage:
        """The storage of one environment."""
        return cls(
            artifacts_bucket=target.bucket_name(ARTIFACTS),
            capture_bucket=target.bucket_name(CAPTURE),
            async_bucket=target.bucket_name(ASYNC),
            key_arn=target.environment.kms_key_arn or target.published("key-arn"),
        )
