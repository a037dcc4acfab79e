"""PutRecords of one Kinesis data stream, with nothing but the standard library.

botocore would be 31 MB in every image and 33 MB in every server's memory, and bring versions of packages that an
engine's image may have others of: for one operation of one service.
https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
"""

from __future__ import annotations

import base64
import http.client
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from containers.request_records.aws_credentials import CredentialSource, NoCredentials
from containers.request_records.aws_signature import signed_headers

_TIMEOUT_SECONDS = 5.0
_LONGEST_REASON = 500
_CLOSED_BY_SERVER = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)


class NotTaken(Exception):
    """Kinesis took nothing of a request; the text says why."""

    def __init__(self, reason: str, *, passes: bool) -> None:
        super().__init__(reason)
        self.passes = passes
        """Whether trying again may help."""


class KinesisStream:
    """Puts records over one connection that it keeps. For one thread."""

    def __init__(self, arn: str, environment: Mapping[str, str]) -> None:
        _, partition, _, self._region, *_ = arn.split(":")
        suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        address = urlsplit(
            environment.get("AWS_ENDPOINT_URL_KINESIS")
            or environment.get("AWS_ENDPOINT_URL")
            or f"https://kinesis.{self._region}.{suffix}"
        )
        secure = address.scheme == "https"
        connection = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._host = address.netloc
        self._connection = connection(address.netloc, timeout=_TIMEOUT_SECONDS)
        self._arn = arn
        self._credentials = CredentialSource(environment)

    def put(self, records: Sequence[bytes]) -> list[int]:
        """Returns the places of records that the stream did not take. Raises `NotTaken`."""
        # A key of its own for each record: nothing needs their order, and no shard becomes hot.
        entries = [
            {"Data": base64.b64encode(record).decode("ascii"), "PartitionKey": uuid.uuid4().hex} for record in records
        ]
        body = json.dumps({"StreamARN": self._arn, "Records": entries}, separators=(",", ":")).encode()
        try:
            status, content = self._post(body)
            answer = json.loads(content)
            if status == 200:
                return [place for place, one in enumerate(answer["Records"]) if one.get("ErrorCode")]
            kind = str(answer.get("__type", "")).rpartition("#")[2]
            reason = f"{status} {kind} {answer.get('message') or answer.get('Message') or ''}".strip()[:_LONGEST_REASON]
        except NoCredentials as error:
            raise NotTaken(str(error), passes=True) from error
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            self._connection.close()
            raise NotTaken(f"Kinesis cannot be reached: {error or type(error).__name__}", passes=True) from error
        passes = status >= 500 or "Throughput" in kind or "Throttl" in kind or "Expired" in kind
        raise NotTaken(f"Kinesis answered {reason}", passes=passes)

    def close(self) -> None:
        """Close the connection; the next `put` opens another."""
        self._connection.close()

    def _post(self, body: bytes) -> tuple[int, bytes]:
        headers = signed_headers(
            {
                "Host": self._host,
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": "Kinesis_20131202.PutRecords",
            },
            body,
            service="kinesis",
            region=self._region,
            credentials=self._credentials.get(),
            now=datetime.now(UTC),
        )
        try:
            return self._exchange(body, headers)
        except _CLOSED_BY_SERVER:
            # A connection that was idle has been closed meanwhile; a new one has not.
            self._connection.close()
            return self._exchange(body, headers)

    def _exchange(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        self._connection.request("POST", "/", body=body, headers=headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()
