"""How much of their log events embedded AWS holds: the newest of each stream, within one bound for all.

CloudWatch Logs keeps events for as long as the group's retention says, for ever by default. Memory is what keeps them
here, so the longest streams lose their oldest events once all of them together are above the bound. Subscription
filters have seen every event before.
"""

import threading
from collections.abc import Iterator
from typing import Any

from ministack.services import cloudwatch_logs

Stream = dict[str, Any]

_MOST_BYTES = 48 * 2**20
# What an event takes beside its message.
_EVENT_BYTES = 500
_LOOK_EVERY_BYTES = 2**20
# Logs Insights finds an event by its pointer in a second copy of it, which a query makes anew where it is missing.
_MOST_POINTERS = 1000


def keep_newest_events(*, most_bytes: int = _MOST_BYTES) -> None:
    """Let MiniStack's CloudWatch Logs store events as before, and drop the oldest of the longest streams."""
    append = cloudwatch_logs._append_log_events
    lock = threading.Lock()
    stored = 0

    def append_and_drop(stream: Stream, events: list[dict[str, Any]]) -> None:
        nonlocal stored
        append(stream, events)
        with lock:
            _forget_pointers()
            stored += _size(events)
            if stored >= min(_LOOK_EVERY_BYTES, most_bytes // 8):
                stored = 0
                drop_oldest(list(_streams()), most_bytes=most_bytes)

    cloudwatch_logs._append_log_events = append_and_drop


def drop_oldest(streams: list[Stream], *, most_bytes: int) -> None:
    """Halve the longest stream until all of them are within the bound."""
    sizes = {number: _size(stream["events"]) for number, stream in enumerate(streams)}
    while sum(sizes.values()) > most_bytes:
        longest = max(sizes, key=lambda number: sizes[number])
        events = streams[longest]["events"]
        del events[: max(1, len(events) // 2)]
        sizes[longest] = _size(events)
        streams[longest]["firstEventTimestamp"] = events[0]["timestamp"] if events else None


def _size(events: list[dict[str, Any]]) -> int:
    return sum(len(event.get("message", "")) + _EVENT_BYTES for event in events)


def _streams() -> Iterator[Stream]:
    for group in list(cloudwatch_logs._log_groups._data.values()):
        yield from list(group["streams"].values())


def _forget_pointers() -> None:
    # The stores of all accounts and regions are one dictionary, in the order in which they were filled.
    pointers = cloudwatch_logs._log_records._data
    while len(pointers) > _MOST_POINTERS:
        del pointers[next(iter(pointers))]
