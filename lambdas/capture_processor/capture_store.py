"""The capture bucket: raw files in, copies out, each written so that doing it twice changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import uniform
from time import sleep
from typing import Any, Protocol

from botocore.exceptions import ClientError

# A writer that lost the race waits and reads again. All instances of an endpoint close their files in the same minute:
# a hundred may meet at the drift object, which takes some 60 ms to read and write.
_ATTEMPTS = 20
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 4
_SOURCE = "source-etag"


class S3(Protocol):
    """What of boto3's client is used."""

    def get_object(self, **request: Any) -> Any:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""
        ...

    def head_object(self, **request: Any) -> Any:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html"""
        ...

    def put_object(self, **request: Any) -> Any:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""
        ...


class Contended(Exception):
    """An object that others kept changing; Lambda's next attempt finds it quiet."""


@dataclass(frozen=True)
class RawFile:
    """A raw file as it was read."""

    etag: str
    body: bytes


class CaptureStore:
    """Objects of one bucket."""

    def __init__(self, s3: S3, *, bucket: str, sleep: Callable[[float], None] = sleep) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._sleep = sleep

    def read(self, key: str) -> RawFile | None:
        """A raw file; None where it is gone, as after its days."""
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _code(error) in ("NoSuchKey", "404"):
                return None
            raise
        return RawFile(etag=answer["ETag"].strip('"'), body=answer["Body"].read())

    def is_copied(self, key: str, *, etag: str) -> bool:
        """Whether the copy under a key is of the raw file with this ETag."""
        try:
            found = self._s3.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _code(error) in ("NoSuchKey", "NotFound", "404"):
                return False
            raise
        return bool(found.get("Metadata", {}).get(_SOURCE) == etag)

    def write_lines(self, key: str, lines: Iterable[str], *, etag: str) -> None:
        """Write JSON lines, in place of what is there, with the ETag of the raw file that they come from."""
        body = "".join(lines).encode("ascii")
        self._s3.put_object(
            Bucket=self._bucket, Key=key, Body=body, ContentType="application/x-ndjson", Metadata={_SOURCE: etag}
        )

    def change(self, key: str, make: Callable[[dict[str, Any] | None], dict[str, Any] | None]) -> None:
        """Write what `make` makes of the object's JSON (None: none there), unless it makes None.

        S3 refuses the write where another came in between, and `make` gets what that one wrote.
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._sleep(uniform(0, min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))))
            found = self.read(key)
            made = make(json.loads(found.body) if found else None)
            if made is None:
                return
            condition = {"IfMatch": f'"{found.etag}"'} if found else {"IfNoneMatch": "*"}
            try:
                self._s3.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=json_line(made).encode(),
                    ContentType="application/x-ndjson",
                    **condition,
                )
                return
            except ClientError as error:
                # 404: the object was deleted meanwhile. 409: two conditional writes at once.
                if _code(error) not in ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "412", "409"):
                    raise
        raise Contended(f"{key} changed {_ATTEMPTS} times while it was being written")


def json_line(value: dict[str, Any]) -> str:
    """A value as one line of JSON. Raises `ValueError` where it has no such form, as infinite numbers have none."""
    # ASCII only: a lone surrogate, which JSON may hold, has no UTF-8.
    return json.dumps(value, separators=(",", ":"), allow_nan=False) + "\n"


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
