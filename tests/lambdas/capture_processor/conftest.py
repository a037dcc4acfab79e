"""Capture files as SageMaker writes them, and S3 and CloudWatch as far as the processor uses them."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def side(data: Any, *, encoding: str = "JSON", content_type: str = "application/json", mode: str = "INPUT") -> Any:
    """One side of an event; what is no text is written as JSON, and BASE64 encodes it."""
    text = data if isinstance(data, (str, bytes)) else json.dumps(data)
    if encoding == "BASE64":
        text = base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()
    return {"observedContentType": content_type, "mode": mode, "data": text, "encoding": encoding}


def captured(event_id: str, asked: Any = None, answered: Any = None, **metadata: Any) -> bytes:
    """A line of a capture file with the given sides."""
    data = {}
    if asked is not None:
        data["endpointInput"] = asked
    if answered is not None:
        data["endpointOutput"] = answered
    line = {
        "captureData": data,
        "eventMetadata": {"eventId": event_id, "inferenceTime": "2026-11-21T07:00:00Z", **metadata},
        "eventVersion": "0",
    }
    return json.dumps(line).encode()


@pytest.fixture(scope="session")
def side_of() -> Callable[..., Any]:
    return side


@pytest.fixture(scope="session")
def line_of() -> Callable[..., bytes]:
    return captured


class MemoryS3:
    """One bucket with S3's conditional writes."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.writes: list[str] = []
        self.before_put: Callable[[str], None] | None = None

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **more: Any) -> None:
        if self.before_put:
            act, self.before_put = self.before_put, None
            act(Key)
        known = self.objects.get(Key)
        if "IfNoneMatch" in more and known:
            raise _error("PreconditionFailed")
        if "IfMatch" in more and (not known or more["IfMatch"] != self.etag(Key)):
            raise _error("PreconditionFailed")
        self.writes.append(Key)
        self.objects[Key] = (Body, more.get("Metadata", {}))

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.objects:
            raise _error("NoSuchKey")
        return {"ETag": self.etag(Key), "Body": io.BytesIO(self.objects[Key][0])}

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.objects:
            raise _error("404")
        return {"Metadata": self.objects[Key][1]}

    def etag(self, key: str) -> str:
        return f'"{hashlib.md5(self.objects[key][0]).hexdigest()}"'

    def lines(self, key: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.objects[key][0].splitlines()]


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "operation")


class MemoryCloudWatch:
    """What was published, by metric."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.failures = 0

    def put_metric_data(self, **request: Any) -> None:
        if self.failures:
            self.failures -= 1
            raise _error("ThrottlingException")
        self.calls.append(request)

    def values(self, name: str) -> list[float]:
        return [
            value
            for call in self.calls
            for metric in call["MetricData"]
            if metric["MetricName"] == name
            for value in metric["Values"]
        ]


@pytest.fixture
def s3() -> MemoryS3:
    return MemoryS3()


@pytest.fixture
def cloudwatch() -> MemoryCloudWatch:
    return MemoryCloudWatch()
