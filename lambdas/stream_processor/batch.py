"""What a batch of Kinesis records holds: each request's record once, and poison apart.

Bounded, whatever comes: a part of a batch ends where it holds as much as fits into memory, of a record's poison the
first lines are kept and the others counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from lambdas.stream_processor.attribution import Attribution
from lambdas.stream_processor.envelope import Content, NotReadable, content_of
from lambdas.stream_processor.quarantine import Poison
from lambdas.stream_processor.request_record import NotARecord, RequestRecord, request_record

FIRST_DAY = "2026-01-01"
"""Of the table (`RequestTable` in constructs): Athena looks at no partition before it."""

# A usual batch is one part: 10,000 lines are 7 MB. Some 3 KB of memory for each line.
PART_BYTES = 32 * 1024 * 1024
PART_LINES = 50_000
POISON_LINES_KEPT = 100

# One of a Kinesis event's `Records`: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
KinesisRecord = dict[str, Any]


class Found(NamedTuple):
    """A record of a request, its line, and the place in the batch of the Kinesis record that brought it."""

    place: int
    record: RequestRecord
    text: str


@dataclass
class Batch:
    """The contents of a part of a batch, from `start` to before `end`, in its order; `read`, `repeated` and `poisoned`
    count lines by place, and `poison` has those that are kept."""

    start: int = 0
    end: int = 0
    size_bytes: int = 0
    lines: int = 0
    found: list[Found] = field(default_factory=list)
    poison: list[Poison] = field(default_factory=list)
    read: dict[int, int] = field(default_factory=dict)
    repeated: dict[int, int] = field(default_factory=dict)
    poisoned: dict[int, int] = field(default_factory=dict)
    _ids: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, records: Sequence[KinesisRecord], attribution: Attribution, *, start: int = 0) -> Batch:
        """Read a batch from a place on, as far as a part of it goes. No line, whatever it holds, keeps the others from
        being read; only who is asked for the names of endpoints can fail."""
        batch = cls(start=start, end=start)
        for place in range(start, len(records)):
            batch._add(place, records[place]["kinesis"], attribution)
            batch.end = place + 1
            if batch.size_bytes >= PART_BYTES or batch.lines >= PART_LINES:
                break
        return batch

    def _add(self, place: int, kinesis: dict[str, Any], attribution: Attribution) -> None:
        self.repeated[place] = self.poisoned[place] = 0
        self.read[place] = 1
        arrival: float = kinesis["approximateArrivalTimestamp"]

        def poison(reason: str, text: str, log_group: str | None = None) -> None:
            self.poisoned[place] += 1
            if self.poisoned[place] <= POISON_LINES_KEPT:
                self.poison.append(Poison(place, kinesis["sequenceNumber"], arrival, reason, text, log_group or None))

        try:
            content = content_of(kinesis["data"])
        except NotReadable as reason:
            poison(str(reason), kinesis["data"])
            return
        except Exception as error:
            # Whatever it is, the shard would stand before it for all endpoints.
            poison(f"it cannot be read: {type(error).__name__}", kinesis["data"])
            return
        self.read[place] = len(content.lines) + content.lines_left_out
        self.size_bytes += content.size_bytes
        self.lines += len(content.lines)
        latest_day = _latest_day(arrival)
        for text in content.lines:
            one = _record(text, latest_day)
            refusal = one if isinstance(one, str) else attribution.refusal(one, content)
            if isinstance(one, str) or refusal is not None:
                poison(refusal or "", text or "", content.log_group)
                continue
            record_id = one["record_id"]
            if record_id in self._ids:
                self.repeated[place] += 1
            else:
                self._ids.add(record_id)
                self.found.append(Found(place, one, text or ""))
        self._close(place, kinesis, content)

    def _close(self, place: int, kinesis: dict[str, Any], content: Content) -> None:
        """Say in one line of quarantine how much of a record is not there."""
        not_kept = self.poisoned[place] - POISON_LINES_KEPT
        self.poisoned[place] += content.lines_left_out
        reasons = [f"{not_kept} more lines of it are no records"] if not_kept > 0 else []
        if content.lines_left_out:
            reasons.append(f"{content.lines_left_out} more lines of it were not read: it has too many")
        for reason in reasons:
            arrival: float = kinesis["approximateArrivalTimestamp"]
            self.poison.append(Poison(place, kinesis["sequenceNumber"], arrival, reason, "", content.log_group or None))


def _record(text: str | None, latest_day: str) -> RequestRecord | str:
    """The record of a line, or why it is none."""
    if text is None:
        return "it is no event of CloudWatch Logs with a message"
    try:
        one = request_record(text)
    except NotARecord as reason:
        return str(reason)
    except Exception as error:
        return f"it cannot be read: {type(error).__name__}"
    if not FIRST_DAY <= one["time"][:10] <= latest_day:
        return f"time lies outside the table's days, {FIRST_DAY} to {latest_day}"
    return one


def _latest_day(arrival_seconds: float) -> str:
    """A request ends before its record arrives; a day is left for clocks that go wrong."""
    return f"{datetime.fromtimestamp(arrival_seconds, UTC) + timedelta(days=1):%Y-%m-%d}"
