"""Objects lie on disk, whatever their keys are, and memory does not hold them."""

import re
from pathlib import Path
from typing import Any

import pytest
from ministack.services import s3

from localaws.object_files import keep_objects_on_disk

_MB = 2**20
KEYS = [
    "a",
    "a/b",
    "a/b/c.meta.json",
    "a//b",
    "../up",
    "/lead",
    "trail/",
    ".versions",
    "ü€ %2F?#",
    "x" * 1000,
    "d/" * 300,
]


def test_every_key_is_read_back_as_it_was_written(embedded_aws: Any) -> None:
    client = embedded_aws.client("s3")
    client.create_bucket(Bucket="keys-on-disk")
    for key in KEYS:
        client.put_object(Bucket="keys-on-disk", Key=key, Body=key.encode())
    listed = {one["Key"] for one in client.list_objects_v2(Bucket="keys-on-disk")["Contents"]}
    assert listed == set(KEYS)
    for key in KEYS:
        assert client.get_object(Bucket="keys-on-disk", Key=key)["Body"].read() == key.encode()
    for key in KEYS:
        client.delete_object(Bucket="keys-on-disk", Key=key)
    assert "Contents" not in client.list_objects_v2(Bucket="keys-on-disk")


@pytest.mark.parametrize("is_versioned", [False, True])
def test_memory_does_not_hold_what_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_versioned: bool
) -> None:
    for changed in (
        "DATA_DIR",
        "S3_PERSIST",
        "_persist_object",
        "_complete_multipart_upload",
        "_completed_multipart_uploads",
        "_buckets",
        "_object_versions",
    ):
        monkeypatch.setattr(s3, changed, getattr(s3, changed))
    for emptied in ("_buckets", "_object_versions", "_completed_multipart_uploads"):
        setattr(s3, emptied, type(getattr(s3, emptied))())
    keep_objects_on_disk(tmp_path / "s3")
    s3._create_bucket("weights", b"")
    if is_versioned:
        s3._put_bucket_versioning(
            "weights", b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        )
    for number in range(4):
        answer = s3._put_object("weights", "one" if is_versioned else f"weights-{number}", bytes(_MB), {})
        assert answer[0] == 200
    for _ in range(101):
        upload = {"uploadId": _upload_id(s3._create_multipart_upload("weights", "parts", {})[2])}
        tag = s3._upload_part("weights", "parts", bytes(_MB // 100), {**upload, "partNumber": "1"}, {})[1]["ETag"]
        part = f"<Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part>"
        whole = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()
        for _ in range(2):
            assert s3._complete_multipart_upload("weights", "parts", whole, upload, {})[0] == 200
    assert len(s3._completed_multipart_uploads._data) == 100
    held = [_held_bytes(store) for store in (s3._buckets, s3._object_versions, s3._multipart_uploads)]
    assert sum(held) < _MB // 10, held
    last = "one" if is_versioned else "weights-3"
    assert s3._get_object_data("weights", last) == bytes(_MB)


def _upload_id(answer: bytes) -> str:
    return re.findall(r"<UploadId>(.*?)</UploadId>", answer.decode())[0]


def _held_bytes(store: Any) -> int:
    """How many bytes of content lie somewhere below."""
    if isinstance(store, bytes | bytearray):
        return len(store)
    if isinstance(store, dict):
        return sum(_held_bytes(one) for one in store.values())
    if isinstance(store, list | tuple):
        return sum(_held_bytes(one) for one in store)
    return _held_bytes(store._data) if hasattr(store, "_data") else 0


def test_versions_are_read_back_after_any_order_of_writes_and_deletions(embedded_aws: Any) -> None:
    client = embedded_aws.client("s3")
    client.create_bucket(Bucket="versions-on-disk")

    def put(body: bytes) -> str:
        return str(client.put_object(Bucket="versions-on-disk", Key="one", Body=body).get("VersionId"))

    def read(**version: str) -> bytes:
        return bytes(client.get_object(Bucket="versions-on-disk", Key="one", **version)["Body"].read())

    put(b"before")
    client.put_bucket_versioning(Bucket="versions-on-disk", VersioningConfiguration={"Status": "Enabled"})
    first, second, third = put(b"first"), put(b"second"), put(b"third")
    assert [read(VersionId=number) for number in ("null", first, second, third)] == [
        b"before",
        b"first",
        b"second",
        b"third",
    ]
    client.delete_object(Bucket="versions-on-disk", Key="one", VersionId=third)
    assert read() == b"second"
    marker = client.delete_object(Bucket="versions-on-disk", Key="one")["VersionId"]
    assert [read(VersionId=number) for number in (first, second)] == [b"first", b"second"]
    client.delete_object(Bucket="versions-on-disk", Key="one", VersionId=marker)
    assert read() == b"second"
    client.delete_object(Bucket="versions-on-disk", Key="one", VersionId=first)
    client.delete_object(Bucket="versions-on-disk", Key="one", VersionId=second)
    assert read() == b"before"
    client.put_bucket_versioning(Bucket="versions-on-disk", VersioningConfiguration={"Status": "Suspended"})
    put(b"after")
    assert (read(), read(VersionId="null")) == (b"after", b"after")


def test_nothing_of_an_earlier_run_is_read_back(start_embedded_aws: Any, tmp_path: Path) -> None:
    first = start_embedded_aws()
    first.client("s3").create_bucket(Bucket="of-the-first")
    first.client("s3").put_object(Bucket="of-the-first", Key="a", Body=b"1")
    first.process.terminate()
    first.process.wait(timeout=60)
    again = start_embedded_aws("--state-dir", str(first.state_dir))
    assert again.client("s3").list_buckets()["Buckets"] == []
