"""What one Kinesis record holds: the lines of a CloudWatch Logs subscription, or bare lines.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html: gzip over a JSON object with
`messageType` and `logEvents`; a CONTROL_MESSAGE only asks whether the stream can be reached.
"""

from __future__ import annotations

import binascii
import json
import zlib

_GZIP_MAGIC = b"\x1f\x8b"
# A Kinesis record is at most 10 MiB; what inflates to more than this is no log of ours but an attempt on our memory.
_LARGEST_BYTES = 64 * 1024 * 1024


class NotReadable(ValueError):
    """A Kinesis record whose lines cannot be had; the text says why."""


def lines(data: str) -> list[str]:
    """The lines in the `data` of a Kinesis event's record; none for a control message. Raises `NotReadable`."""
    try:
        content = binascii.a2b_base64(data)
    except ValueError as error:
        raise NotReadable("it is not base64") from error
    return content_lines(content)


def content_lines(content: bytes) -> list[str]:
    """The lines in a Kinesis record's own bytes, as Flink reads them. Raises `NotReadable`."""
    try:
        if not content.startswith(_GZIP_MAGIC):
            text = content.decode("utf-8")
            return [line.strip() for line in text.split("\n") if line.strip()] or [text]
        envelope = json.loads(_inflated(content))
    except UnicodeDecodeError as error:
        raise NotReadable("it is not UTF-8") from error
    except (ValueError, RecursionError, zlib.error) as error:
        raise NotReadable("it is gzip, but not around a JSON object") from error
    try:
        if envelope["messageType"] == "CONTROL_MESSAGE":
            return []
        messages = [event["message"] for event in envelope["logEvents"]]
    except (KeyError, TypeError) as error:
        raise NotReadable("it is not what CloudWatch Logs sends") from error
    if not all(type(message) is str for message in messages):
        raise NotReadable("it is not what CloudWatch Logs sends")
    return [message.strip() for message in messages]


def log_group_of(data: str) -> str | None:
    """The log group that a Kinesis event's record came from; None where it holds no envelope of CloudWatch Logs."""
    try:
        found = json.loads(_inflated(binascii.a2b_base64(data)))["logGroup"]
    except (ValueError, RecursionError, zlib.error, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def _inflated(content: bytes) -> bytes:
    decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    inflated = decompressor.decompress(content, _LARGEST_BYTES)
    if not decompressor.eof or decompressor.unused_data:
        raise zlib.error("cut off, too large, or with something behind it")
    return inflated
