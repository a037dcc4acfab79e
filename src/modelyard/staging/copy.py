"""Objects from one bucket to another inside S3: no byte passes through the machine that runs the command."""

from __future__ import annotations

from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from modelyard.shell.aws_failure import error_code
from modelyard.staging.upload import OnBytes, Outcome
from modelyard.staging.weights import SourceObject

# The copy remembers which object it was made from: entity tags of a copy and its source need not be equal
# (other part sizes, other encryption), so nothing else tells a later run that the copy is current.
_SOURCE_ETAG = "modelyard-source-etag"


def copy(
    s3: Any, source_s3: Any, source: SourceObject, *, source_bucket: str, bucket: str, key: str, on_bytes: OnBytes
) -> Outcome:
    """Copy one object, in parts where it is larger than 5 GB, unless the same version of it was copied before.

    `source_s3` is a client of the source bucket's own region: it reads the object's size and tags there.
    """
    if _is_copied(s3, source, bucket=bucket, key=key):
        on_bytes(source.size_bytes)
        return "already there"
    s3.copy(
        {"Bucket": source_bucket, "Key": source.key},
        bucket,
        key,
        SourceClient=source_s3,
        ExtraArgs={
            "MetadataDirective": "REPLACE",
            "Metadata": {_SOURCE_ETAG: source.etag.strip('"')},
            "ChecksumAlgorithm": "SHA256",
            # Whoever replaces the source while it is being copied must not leave half of each here.
            "CopySourceIfMatch": source.etag,
        },
        Callback=on_bytes,
        Config=TransferConfig(max_concurrency=4),
    )
    return "uploaded"


def _is_copied(s3: Any, source: SourceObject, *, bucket: str, key: str) -> bool:
    try:
        head = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error_code(error) in {"404", "NoSuchKey", "NotFound"}:
            return False
        raise
    return bool(
        head["ContentLength"] == source.size_bytes and head["Metadata"].get(_SOURCE_ETAG) == source.etag.strip('"')
    )
