"""Files to S3 that arrive whole: every part carries its SHA-256, and an interrupted upload continues where it stopped.

S3 refuses a part whose bytes do not match the checksum sent with it, and keeps the checksum of what it stored: of a
small object the SHA-256 itself, of one uploaded in parts the SHA-256 over the parts' digests with their number
("Checking object integrity" in the S3 user guide). Both can be computed from the file, so that a later run knows
without any record of its own whether the object is the file.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from botocore.exceptions import ClientError

from modelyard.shell.aws_failure import error_code
from modelyard.shell.failure import Failure

MIB = 1024 * 1024
_SMALLEST_PART_BYTES = 16 * MIB
_MOST_PARTS = 10_000  # "Amazon S3 multipart upload limits" in the S3 user guide
_PARALLEL_PARTS = 4

Outcome = Literal["uploaded", "continued", "already there"]
OnBytes = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A slice of a file: `number` counts from 1, as S3 counts."""

    number: int
    offset: int
    size_bytes: int


def upload(s3: Any, path: Path, *, bucket: str, key: str, on_bytes: OnBytes) -> Outcome:
    """Make the object equal to the file, with as few bytes sent as S3's own checksums allow; then verify it."""
    size = path.stat().st_size
    parts = tuple(parts_of(size))
    if _is_there(s3, path, parts, bucket=bucket, key=key, size=size):
        on_bytes(size)
        return "already there"
    if len(parts) == 1:
        body = path.read_bytes()
        digest = hashlib.sha256(body).digest()
        s3.put_object(Bucket=bucket, Key=key, Body=body, ChecksumSHA256=_base64(digest))
        on_bytes(size)
        outcome: Outcome = "uploaded"
        expected = _base64(digest)
    else:
        outcome, expected = _upload_parts(s3, path, parts, bucket=bucket, key=key, on_bytes=on_bytes)
    stored = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED").get("ChecksumSHA256")
    if stored != expected:
        raise Failure(f"s3://{bucket}/{key} holds something else ({stored}) than was sent ({expected}): stage again")
    return outcome


def parts_of(size: int) -> Iterator[Part]:
    """The slices of a file: a function of its size alone, so that every run cuts it the same way."""
    mebibytes = -(-size // (_MOST_PARTS * MIB))
    part_bytes = max(_SMALLEST_PART_BYTES, mebibytes * MIB)
    count = max(1, -(-size // part_bytes))
    for index in range(count):
        offset = index * part_bytes
        yield Part(number=index + 1, offset=offset, size_bytes=min(part_bytes, size - offset))


def _is_there(s3: Any, path: Path, parts: tuple[Part, ...], *, bucket: str, key: str, size: int) -> bool:
    try:
        head = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        # 400: it lies under a key that nobody may use any more, which is as good as gone.
        if error_code(error) in {"400", "404", "NoSuchKey", "NotFound"}:
            return False
        raise
    stored = head.get("ChecksumSHA256")
    if head["ContentLength"] != size or not stored:
        return False
    digests = [hashlib.sha256(_read(path, part)).digest() for part in parts]
    return bool(stored in (_composite(digests), _base64(digests[0]) if len(parts) == 1 else None))


def _upload_parts(
    s3: Any, path: Path, parts: tuple[Part, ...], *, bucket: str, key: str, on_bytes: OnBytes
) -> tuple[Outcome, str]:
    upload_id, stored = _unfinished(s3, bucket=bucket, key=key)
    outcome: Outcome = "continued" if stored else "uploaded"
    if upload_id is None:
        created = s3.create_multipart_upload(Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256")
        upload_id = str(created["UploadId"])

    def send(part: Part) -> tuple[bytes, dict[str, Any]]:
        body = _read(path, part)
        digest = hashlib.sha256(body).digest()
        entity_tag, stored_checksum = stored.get(part.number, ("", ""))
        if stored_checksum != _base64(digest):
            answer = s3.upload_part(
                Bucket=bucket,
                Key=key,
                UploadId=upload_id,
                PartNumber=part.number,
                Body=body,
                ChecksumSHA256=_base64(digest),
            )
            entity_tag = str(answer["ETag"])
        on_bytes(part.size_bytes)
        return digest, {"PartNumber": part.number, "ETag": entity_tag, "ChecksumSHA256": _base64(digest)}

    pool = ThreadPoolExecutor(_PARALLEL_PARTS)
    try:
        sent = list(pool.map(send, parts))
    finally:
        # On Ctrl-C the parts under way finish and the rest is never started; S3 keeps them for the next run.
        pool.shutdown(cancel_futures=True)
    s3.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": [described for _, described in sent]}
    )
    return outcome, _composite([digest for digest, _ in sent])


def _unfinished(s3: Any, *, bucket: str, key: str) -> tuple[str | None, dict[int, tuple[str, str]]]:
    """The newest upload of this key that was begun and not completed, with entity tag and SHA-256 of each part it has.

    One whose parts carry no SHA-256 (another tool began it) cannot be continued: the bucket's lifecycle removes it.
    """
    uploads = [
        begun
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=key)
        for begun in page.get("Uploads", [])
        if begun["Key"] == key
    ]
    if not uploads:
        return None, {}
    upload_id = str(max(uploads, key=lambda begun: begun["Initiated"])["UploadId"])
    stored = {
        int(part["PartNumber"]): (str(part["ETag"]), str(part.get("ChecksumSHA256", "")))
        for page in s3.get_paginator("list_parts").paginate(Bucket=bucket, Key=key, UploadId=upload_id)
        for part in page.get("Parts", [])
    }
    if not stored or not all(checksum for _, checksum in stored.values()):
        return None, {}
    return upload_id, stored


def _read(path: Path, part: Part) -> bytes:
    with path.open("rb") as opened:
        opened.seek(part.offset)
        return opened.read(part.size_bytes)


def _composite(digests: list[bytes]) -> str:
    return f"{_base64(hashlib.sha256(b''.join(digests)).digest())}-{len(digests)}"


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")
