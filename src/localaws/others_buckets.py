"""Names of buckets are one for all accounts: a name that another account has answers 403, not 404.

MiniStack keeps buckets by account and says 404. Source: S3 API reference, HeadBucket.
"""

from typing import Any

from ministack.services import s3


def know_buckets_of_others() -> None:
    """Let HeadBucket tell a name that is taken from one that is free."""
    head_bucket = s3._head_bucket

    def head(name: str) -> Any:
        if name not in s3._buckets and s3._bucket_owner_account(name) is not None:
            return 403, {"Content-Type": "application/xml"}, b""
        return head_bucket(name)

    s3._head_bucket = head
