"""Where lines go that are no records: kept with the reason for who looks into it, in nobody's way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

PREFIX = "poison/"


class S3(Protocol):
    """What of boto3's client is used."""

    def put_object(self, **request: Any) -> Any:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""
        ...


@dataclass(frozen=True)
class Poison:
    """A line, or a whole Kinesis record's `data` where it has no lines, and why it is no record of a request.

    `log_group` is None for what did not come by CloudWatch Logs.
    """

    place: int
    sequence_number: str
    arrival_seconds: float
    reason: str
    text: str
    log_group: str | None


class Quarantine:
    """One object for all poison of a batch; the same poison again has the same name and replaces itself."""

    def __init__(self, s3: S3, *, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def keep(self, poison: Sequence[Poison]) -> None:
        """Write poison to S3 as JSON lines."""
        if not poison:
            return
        body = "".join(
            json.dumps({name: getattr(one, name) for name in ("reason", "log_group", "sequence_number", "text")}) + "\n"
            for one in poison
        ).encode()
        arrival = datetime.fromtimestamp(poison[0].arrival_seconds, UTC)
        name = f"{poison[0].sequence_number}-{hashlib.sha256(body).hexdigest()[:16]}.jsonl"
        self._s3.put_object(
            Bucket=self._bucket,
            Key=f"{PREFIX}date={arrival:%Y-%m-%d}/{name}",
            Body=body,
            ContentType="application/x-ndjson",
        )
