"""Objects under the key that their environment has now: a switched key changes nothing of what was stored before.

An object is copied onto itself inside S3, which replaces it whole; whoever reads it meanwhile gets the old copy or the
new one. Parts are cut as an upload cuts them, so that the checksum by which staging knows an object stays the same.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from modelyard.staging.upload import Part, parts_of

_PARALLEL_PARTS = 4


def bring_under(key_arn: str, s3: Any, *, bucket: str, prefix: str) -> int:
    """Encrypt with this key what lies under another, and say how many objects that were."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    moved = 0
    for item in (found for page in pages for found in page.get("Contents", [])):
        head = s3.head_object(Bucket=bucket, Key=item["Key"])
        if head.get("SSEKMSKeyId") != key_arn:
            _copy_onto_itself(s3, head, bucket=bucket, key=item["Key"], key_arn=key_arn)
            moved += 1
    return moved


def _copy_onto_itself(s3: Any, head: dict[str, Any], *, bucket: str, key: str, key_arn: str) -> None:
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_arn, "BucketKeyEnabled": True}
    # Whoever stages something else meanwhile must not be overwritten with what was there before.
    source = {"CopySource": {"Bucket": bucket, "Key": key}, "CopySourceIfMatch": head["ETag"]}
    parts = list(parts_of(head["ContentLength"]))
    if len(parts) == 1:
        s3.copy_object(Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256", **source, **encryption)
        return
    created = s3.create_multipart_upload(
        Bucket=bucket,
        Key=key,
        ChecksumAlgorithm="SHA256",
        Metadata=head["Metadata"],
        ContentType=head["ContentType"],
        **encryption,
    )
    where = {"Bucket": bucket, "Key": key, "UploadId": created["UploadId"]}

    def copy_part(part: Part) -> dict[str, Any]:
        last = part.offset + part.size_bytes - 1
        copied = s3.upload_part_copy(
            **where, PartNumber=part.number, CopySourceRange=f"bytes={part.offset}-{last}", **source
        )["CopyPartResult"]
        checksum = {"ChecksumSHA256": copied["ChecksumSHA256"]} if "ChecksumSHA256" in copied else {}
        return {"PartNumber": part.number, "ETag": copied["ETag"], **checksum}

    try:
        with ThreadPoolExecutor(_PARALLEL_PARTS) as pool:
            copied = list(pool.map(copy_part, parts))
        s3.complete_multipart_upload(**where, MultipartUpload={"Parts": copied})
    except BaseException:
        # Its parts would be taken for those of an upload that was interrupted.
        s3.abort_multipart_upload(**where)
        raise
