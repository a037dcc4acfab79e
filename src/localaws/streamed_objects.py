"""GetObject reads from disk what it answers with, and no more: a range of weights, or all of them, part by part.

MiniStack reads the whole object into memory for each request, and an SDK asks for a large one in many ranges at once.
"""

import contextvars
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import StreamingResponse
from ministack.services import s3

_PART_BYTES = 2**20
# What is longer is sent part by part.
_MOST_BYTES_AT_ONCE = 8 * 2**20

Send = Callable[[dict[str, Any]], Awaitable[None]]
_is_answering: contextvars.ContextVar[bool] = contextvars.ContextVar("get_object_is_answering", default=False)


@dataclass(frozen=True)
class FileBody:
    """Part of a file, cut like bytes."""

    path: str
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, wanted: slice) -> "FileBody":
        start, end, _ = wanted.indices(len(self))
        return FileBody(self.path, self.start + start, self.start + max(start, end))

    def read(self) -> bytes:
        """All of it."""
        with open(self.path, "rb") as file:
            file.seek(self.start)
            return file.read(len(self))

    def streamed(self) -> StreamingResponse:
        """All of it part by part. It stays what it is now when the object is overwritten or deleted."""
        file = open(self.path, "rb")  # noqa: SIM115 -- closed when it was sent
        file.seek(self.start)

        async def send_parts(send: Send, receive: Any) -> None:
            with file:
                left = len(self)
                while left and (part := file.read(min(left, _PART_BYTES))):
                    left -= len(part)
                    await send({"type": "http.response.body", "body": part, "more_body": left > 0})

        return StreamingResponse(send_parts)


def stream_objects() -> None:
    """Let GetObject answer from the file that the object lies in."""
    get_object, read_body, version_body = s3._get_object, s3._read_body, s3._version_body

    def get_streamed(bucket: str, key: str, headers: dict[str, str], query: dict[str, Any] | None = None) -> Any:
        answering = _is_answering.set(True)
        try:
            status, answered, body = get_object(bucket, key, headers, query)
        finally:
            _is_answering.reset(answering)
        if not isinstance(body, FileBody):
            return status, answered, body
        if len(body) <= _MOST_BYTES_AT_ONCE:
            return status, answered, body.read()
        return status, {**answered, "Content-Length": str(len(body))}, body.streamed()

    def body_of_object(bucket: str, key: str, record: dict[str, Any]) -> Any:
        if not _is_answering.get() or record.get("body") is not None:
            return read_body(bucket, key, record)
        return _whole(s3._object_disk_path(bucket, key)) or read_body(bucket, key, record)

    def body_of_version(bucket: dict[str, Any], name: str, key: str, version: dict[str, Any]) -> Any:
        number = version["version_id"]
        if _is_answering.get() and version.get("data") is None and s3._version_file_exists(name, key, number):
            return _whole(s3._version_disk_path(name, key, number)) or version_body(bucket, name, key, version)
        return version_body(bucket, name, key, version)

    s3._get_object, s3._read_body, s3._version_body = get_streamed, body_of_object, body_of_version


def _whole(path: str | None) -> FileBody | None:
    if path is None:
        return None
    try:
        return FileBody(path, 0, os.stat(path).st_size)
    except OSError:
        return None
