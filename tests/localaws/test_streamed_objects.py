"""Large objects are read back whole, in part and by version, and what is answered is not held in memory."""

import asyncio
import hashlib
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ministack.core.responses import StreamingResponse
from ministack.services import s3

from localaws.object_files import keep_objects_on_disk
from localaws.streamed_objects import stream_objects

_MB = 2**20


@pytest.fixture(scope="module")
def content() -> bytes:
    return random.Random(1).randbytes(20 * _MB + 7)


@pytest.fixture(scope="module")
def client(embedded_aws: Any, content: bytes) -> Any:
    client = embedded_aws.client("s3")
    client.create_bucket(Bucket="streamed")
    client.put_object(Bucket="streamed", Key="large", Body=content, Metadata={"of": "mine"})
    return client


def test_a_large_object_is_answered_whole_with_its_headers(client: Any, content: bytes) -> None:
    answer = client.get_object(Bucket="streamed", Key="large", ChecksumMode="ENABLED")
    assert answer["ContentLength"] == len(content)
    assert answer["Metadata"] == {"of": "mine"}
    assert answer["Body"].read() == content
    assert client.head_object(Bucket="streamed", Key="large")["ContentLength"] == len(content)


@pytest.mark.parametrize(
    ("wanted", "cut"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=5-1000004", slice(5, 1_000_005)),
        ("bytes=1000-", slice(1000, None)),
        ("bytes=-10", slice(-10, None)),
        ("bytes=20971520-99999999", slice(20 * _MB, None)),
    ],
)
def test_a_range_is_cut_from_it(client: Any, content: bytes, wanted: str, cut: slice) -> None:
    answer = client.get_object(Bucket="streamed", Key="large", Range=wanted)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert answer["Body"].read() == content[cut]


def test_a_range_beyond_it_is_refused(client: Any) -> None:
    with pytest.raises(client.exceptions.ClientError, match="InvalidRange"):
        client.get_object(Bucket="streamed", Key="large", Range="bytes=99999999-")


def test_many_ranges_at_once_make_the_file(client: Any, content: bytes, tmp_path: Path) -> None:
    client.download_file("streamed", "large", str(tmp_path / "large"))
    assert (tmp_path / "large").read_bytes() == content


def test_an_empty_object_and_each_version_are_read_back(client: Any, content: bytes) -> None:
    client.create_bucket(Bucket="streamed-versions")
    client.put_bucket_versioning(Bucket="streamed-versions", VersioningConfiguration={"Status": "Enabled"})
    bodies = [b"", content, content[::-1]]
    numbers = [client.put_object(Bucket="streamed-versions", Key="one", Body=body)["VersionId"] for body in bodies]
    for number, body in zip(numbers, bodies, strict=True):
        assert client.get_object(Bucket="streamed-versions", Key="one", VersionId=number)["Body"].read() == body
    assert client.get_object(Bucket="streamed-versions", Key="one")["Body"].read() == bodies[-1]


def test_an_answer_stays_whole_while_its_object_is_overwritten_and_deleted(client: Any, content: bytes) -> None:
    client.put_object(Bucket="streamed", Key="changing", Body=content)
    first = client.get_object(Bucket="streamed", Key="changing")["Body"]
    client.put_object(Bucket="streamed", Key="changing", Body=b"other")
    client.delete_object(Bucket="streamed", Key="changing")
    assert hashlib.sha256(first.read()).digest() == hashlib.sha256(content).digest()


def test_clients_that_go_away_in_the_middle_leave_no_file_open(client: Any, embedded_aws: Any) -> None:
    def leave(_: int) -> None:
        body = client.get_object(Bucket="streamed", Key="large")["Body"]
        body.read(1000)
        body.close()

    with ThreadPoolExecutor(4) as leaving:
        list(leaving.map(leave, range(20)))
    client.get_object(Bucket="streamed", Key="large")["Body"].read()
    opened = [
        link.readlink()
        for link in Path(f"/proc/{embedded_aws.process.pid}/fd").iterdir()
        if link.is_symlink() and "/s3/" in str(link.readlink())
    ]
    assert len(opened) <= 4, opened


def test_no_more_of_a_file_is_read_than_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for changed in (
        "_get_object",
        "_read_body",
        "_version_body",
        "_persist_object",
        "_complete_multipart_upload",
        "_completed_multipart_uploads",
        "DATA_DIR",
        "S3_PERSIST",
    ):
        monkeypatch.setattr(s3, changed, getattr(s3, changed))
    keep_objects_on_disk(tmp_path / "s3")
    stream_objects()
    s3._create_bucket("read", b"")
    s3._put_object("read", "large", bytes(9 * _MB), {})
    status, headers, body = s3._get_object("read", "large", {"range": "bytes=10-19"})
    assert (status, body, headers["Content-Length"]) == (206, bytes(10), "10")
    status, headers, body = s3._get_object("read", "large", {})
    assert (status, headers["Content-Length"]) == (200, str(9 * _MB))
    assert isinstance(body, StreamingResponse)
    sent = []

    async def send(message: dict[str, Any]) -> None:
        sent.append((len(message["body"]), message["more_body"]))

    asyncio.run(body.runner(send, None))
    assert sent == [(_MB, True)] * 8 + [(_MB, False)]
    assert s3._get_object_data("read", "large") == bytes(9 * _MB)
