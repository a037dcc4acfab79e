"""What an endpoint's stack reads from the foundation's: by SSM, so that neither stack locks the other."""

from __future__ import annotations

from dataclasses import dataclass

from modelyard_constructs.target import Target

ARTIFACTS = "artifacts"
CAPTURE = "capture"
ASYNC = "async"


@dataclass(frozen=True, kw_only=True)
class SharedStorage:
    """The environment's buckets and key, as references that CloudFormation resolves when it deploys."""

    artifacts_bucket: str
    capture_bucket: str
    async_bucket: str
    key_arn: str

    @classmethod
    def of(cls, target: Target) -> SharedStorage:
        """The storage of one environment."""
        return cls(
            artifacts_bucket=target.published(f"{ARTIFACTS}-bucket"),
            capture_bucket=target.published(f"{CAPTURE}-bucket"),
            async_bucket=target.published(f"{ASYNC}-bucket"),
            key_arn=target.environment.kms_key_arn or target.published("key-arn"),
        )
