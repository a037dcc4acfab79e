"""Objects lie on disk, whatever their keys are, and memory does not hold them."""

from pathlib import Path
from typing import Any

import psutil
import pytest

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
    s3 = embedded_aws.client("s3")
    s3.create_bucket(Bucket="keys-on-disk")
    for key in KEYS:
        s3.put_object(Bucket="keys-on-disk", Key=key, Body=key.encode())
    listed = {one["Key"] for one in s3.list_objects_v2(Bucket="keys-on-disk")["Contents"]}
    assert listed == set(KEYS)
    for key in KEYS:
        assert s3.get_object(Bucket="keys-on-disk", Key=key)["Body"].read() == key.encode()
    for key in KEYS:
        s3.delete_object(Bucket="keys-on-disk", Key=key)
    assert "Contents" not in s3.list_objects_v2(Bucket="keys-on-disk")


@pytest.mark.parametrize("is_versioned", [False, True])
def test_memory_does_not_hold_what_is_stored(start_embedded_aws: Any, is_versioned: bool) -> None:
    running = start_embedded_aws()
    s3 = running.client("s3")
    s3.create_bucket(Bucket="weights")
    if is_versioned:
        s3.put_bucket_versioning(Bucket="weights", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="weights", Key="warm", Body=bytes(40 * _MB))
    before = psutil.Process(running.process.pid).memory_info().rss
    for number in range(8):
        s3.put_object(Bucket="weights", Key="one" if is_versioned else f"weights-{number}", Body=bytes(40 * _MB))
    grown = psutil.Process(running.process.pid).memory_info().rss - before
    assert grown < 160 * _MB, f"{grown // _MB} MB for 320 MB of objects"
    last = "one" if is_versioned else "weights-7"
    assert len(s3.get_object(Bucket="weights", Key=last)["Body"].read()) == 40 * _MB


def test_nothing_of_an_earlier_run_is_read_back(start_embedded_aws: Any, tmp_path: Path) -> None:
    first = start_embedded_aws()
    first.client("s3").create_bucket(Bucket="of-the-first")
    first.client("s3").put_object(Bucket="of-the-first", Key="a", Body=b"1")
    first.process.terminate()
    first.process.wait(timeout=60)
    again = start_embedded_aws("--state-dir", str(first.state_dir))
    assert again.client("s3").list_buckets()["Buckets"] == []
