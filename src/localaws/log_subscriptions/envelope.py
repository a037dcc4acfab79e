"""What a subscription's destination gets: log events in a JSON envelope, compressed with gzip.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html (Kinesis Data Streams).
"""

import gzip
import json
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Any

# A record takes up to 1 MiB, and what does not compress must fit as well.
MOST_BYTES = 900_000
_BYTES_AROUND_A_MESSAGE = 150
_CHECK = "CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."

LogEvents = Sequence[dict[str, Any]]


def control_message() -> bytes:
    """With which CloudWatch Logs tries a destination; consumers ignore it."""
    event = {"id": "", "timestamp": int(time.time() * 1000), "message": _CHECK}
    return _compressed("CONTROL_MESSAGE", "CloudwatchLogs", "", "", [], [event])


def data_messages(account: str, group: str, stream: str, filter_name: str, events: LogEvents) -> Iterator[bytes]:
    """The events of one write, in as many envelopes as their size takes."""
    for part in _parts(events):
        told = [{"id": _event_id(), "timestamp": event["timestamp"], "message": event["message"]} for event in part]
        yield _compressed("DATA_MESSAGE", account, group, stream, [filter_name], told)


def _parts(events: LogEvents) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    size = 0
    for event in events:
        size += len(json.dumps(event["message"])) + _BYTES_AROUND_A_MESSAGE
        if part and size > MOST_BYTES:
            yield part
            part, size = [], len(json.dumps(event["message"])) + _BYTES_AROUND_A_MESSAGE
        part.append(event)
    if part:
        yield part


def _compressed(
    kind: str, owner: str, group: str, stream: str, filters: list[str], events: list[dict[str, Any]]
) -> bytes:
    envelope = {
        "messageType": kind,
        "owner": owner,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": filters,
        "logEvents": events,
    }
    return gzip.compress(json.dumps(envelope).encode())


def _event_id() -> str:
    """56 digits, as CloudWatch Logs gives them."""
    return f"3{secrets.randbelow(10**55):055d}"
