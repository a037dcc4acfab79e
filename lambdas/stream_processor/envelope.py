"""What one Kinesis record holds: the lines of a CloudWatch Logs subscription, or bare lines.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html: gzip over a JSON object with
`messageType` and `logEvents`; a CONTROL_MESSAGE only asks whether the stream can be reached.
"""

from __future__ import annotations

import binascii
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

_GZIP_MAGIC = b"\x1f\x8b"
# PutLogEvents takes 1,048,576 bytes and 10,000 events at most
# (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html). JSON makes six bytes of
# one at worst, and some 120 around each event; what inflates to more is no log but an attempt on our memory.
_LARGEST_BYTES = 8 * 1024 * 1024
# More than CloudWatch Logs sends, and than fit as records into most of a Kinesis record's 10 MiB.
MOST_LINES = 25_000
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
_LONGEST_LOG_GROUP = 512
# https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
_ENDPOINT_LOG_GROUPS = "/aws/sagemaker/Endpoints/"


class NotReadable(ValueError):
    """A Kinesis record whose lines cannot be had; the text says why."""


@dataclass(frozen=True)
class Content:
    """Lines, None for an event without a message, and how many more than `MOST_LINES` there were.

    `log_group` is None for what did not come by CloudWatch Logs, and empty where its envelope names none.
    """

    lines: list[str | None] = field(default_factory=list)
    log_group: str | None = None
    size_bytes: int = 0
    lines_left_out: int = 0

    def may_name(self, endpoint: str) -> bool:
        """Whether a line of it may speak for an endpoint, as far as its log group says: a container of SageMaker's
        writes to the log group of its own endpoint alone."""
        return self.log_group is None or self.log_group == _ENDPOINT_LOG_GROUPS + endpoint


def content_of(data: str) -> Content:
    """What is in the `data` of a Kinesis event's record; no line for a control message. Raises `NotReadable`."""
    try:
        content = binascii.a2b_base64(data)
    except ValueError as error:
        raise NotReadable("it is not base64") from error
    return content_in(content)


def content_in(content: bytes) -> Content:
    """What is in a Kinesis record's own bytes, as Flink reads them. Raises `NotReadable`."""
    if content.startswith(_GZIP_MAGIC):
        return _of_envelope(content)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotReadable("it is not UTF-8") from error
    pieces = text.split("\n", MOST_LINES)
    left_out = 0
    if len(pieces) > MOST_LINES:
        left_out = pieces.pop().count("\n") + 1
    found: list[str | None] = [line for piece in pieces if (line := piece.strip())]
    return Content(found or [text[:MOST_LINES]], None, len(content), left_out)


def _of_envelope(content: bytes) -> Content:
    try:
        inflated = _inflated(content)
        envelope = json.loads(inflated)
    except UnicodeDecodeError as error:
        raise NotReadable("it is not UTF-8") from error
    except (ValueError, RecursionError, zlib.error) as error:
        raise NotReadable("it is gzip, but not around a JSON object") from error
    if not isinstance(envelope, dict):
        raise NotReadable("it is not what CloudWatch Logs sends")
    found = envelope.get("logGroup")
    log_group = found[:_LONGEST_LOG_GROUP] if isinstance(found, str) else ""
    if envelope.get("messageType") == "CONTROL_MESSAGE":
        return Content([], log_group, len(inflated))
    events = envelope.get("logEvents")
    if "messageType" not in envelope or not isinstance(events, list):
        raise NotReadable("it is not what CloudWatch Logs sends")
    lines = [_message(event) for event in events[:MOST_LINES]]
    return Content(lines, log_group, len(inflated), len(events) - len(lines))


def _message(event: Any) -> str | None:
    message = event.get("message") if isinstance(event, dict) else None
    return message.strip() if isinstance(message, str) else None


def _inflated(content: bytes) -> bytes:
    decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    inflated = decompressor.decompress(content, _LARGEST_BYTES)
    if not decompressor.eof or decompressor.unused_data:
        raise zlib.error("cut off, too large, or with something behind it")
    return inflated
