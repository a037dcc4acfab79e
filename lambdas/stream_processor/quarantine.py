"""Where lines go that are no records: kept with the reason for who looks into it, in nobody's way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

PREFIX = "poison/"
# Of one line: as long as a record can be. What was longer says how long it was.
_TEXT_KEPT = 32_768
_OBJECT_BYTES = 4_000_000


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
        """Write poison to S3 as JSON lines, as much as an object is to hold, and how much it does not."""
        if not poison:
            return
        body = bytearray()
        for place, one in enumerate(poison):
            line = _line(one)
            if len(body) + len(line) > _OBJECT_BYTES:
                body += _line(_left_out(one, len(poison) - place))
                break
            body += line
        arrival = datetime.fromtimestamp(poison[0].arrival_seconds, UTC)
        name = f"{poison[0].sequence_number}-{hashlib.sha256(body).hexdigest()[:16]}.jsonl"
        self._s3.put_object(
            Bucket=self._bucket,
            Key=f"{PREFIX}date={arrival:%Y-%m-%d}/{name}",
            Body=bytes(body),
            ContentType="application/x-ndjson",
        )


def _line(one: Poison) -> bytes:
    kept = {name: getattr(one, name) for name in ("reason", "log_group", "sequence_number", "text")}
    if len(one.text) > _TEXT_KEPT:
        kept |= {"text": one.text[:_TEXT_KEPT], "characters": len(one.text)}
    return json.dumps(kept).encode() + b"\n"


def _left_out(one: Poison, lines: int) -> Poison:
    reason = f"{lines} more lines of quarantine were left out: a batch's poison is too large"
    return Poison(one.place, one.sequence_number, one.arrival_seconds, reason, "", None)
