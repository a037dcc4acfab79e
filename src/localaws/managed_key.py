"""The key `aws/s3`, with which S3 encrypts an object that asks for KMS and names no key.

MiniStack refuses such a write. The CDK CLI makes one for every asset, as its bootstrap bucket is encrypted this way.
"""

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import s3

_ALGORITHM = "x-amz-server-side-encryption"
_KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id"


def use_managed_key() -> None:
    """Let S3 take its own key of the account where a write asks for `aws:kms` without a key."""
    resolve = s3._resolve_sse_write_headers

    def resolve_with_managed_key(headers: dict[str, str], bucket: str) -> Any:
        if headers.get(_ALGORITHM) == "aws:kms" and not headers.get(_KEY_ID):
            managed = f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/s3"
            headers = {**headers, _KEY_ID: managed}
        return resolve(headers, bucket)

    s3._resolve_sse_write_headers = resolve_with_managed_key
