"""What a batch of Kinesis records holds: each request's record once, and poison apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from lambdas.stream_processor.envelope import NotReadable, lines, log_group_of
from lambdas.stream_processor.quarantine import Poison
from lambdas.stream_processor.request_record import NotARecord, RequestRecord, request_record

FIRST_DAY = "2026-01-01"
"""Of the table (`RequestTable` in constructs): Athena looks at no partition before it."""

# One of a Kinesis event's `Records`: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
KinesisRecord = dict[str, Any]


class Found(NamedTuple):
    """A record of a request, its line, and the place in the batch of the Kinesis record that brought it."""

    place: int
    record: RequestRecord
    text: str


@dataclass
class Batch:
    """The contents of a batch in its order; `read` and `repeated` count lines by place."""

    found: list[Found] = field(default_factory=list)
    poison: list[Poison] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, records: Sequence[KinesisRecord]) -> Batch:
        """Read a batch. No line of it, whatever it holds, keeps the others from being read."""
        batch = cls()
        ids: set[str] = set()
        for place, record in enumerate(records):
            kinesis = record["kinesis"]
            try:
                texts = lines(kinesis["data"])
            except NotReadable as reason:
                batch._poison(place, kinesis, [(kinesis["data"], reason)])
                batch.read.append(1)
                batch.repeated.append(0)
                continue
            repeated = 0
            poison: list[tuple[str, Exception]] = []
            latest_day = _latest_day(kinesis["approximateArrivalTimestamp"])
            for text in texts:
                try:
                    one = request_record(text)
                    if not FIRST_DAY <= one["time"][:10] <= latest_day:
                        raise NotARecord(f"time lies outside the table's days, {FIRST_DAY} to {latest_day}")
                except NotARecord as reason:
                    poison.append((text, reason))
                    continue
                record_id = one["record_id"]
                if record_id in ids:
                    repeated += 1
                else:
                    ids.add(record_id)
                    batch.found.append(Found(place, one, text))
            batch.read.append(len(texts))
            batch.repeated.append(repeated)
            if poison:
                batch._poison(place, kinesis, poison)
        return batch

    def _poison(self, place: int, kinesis: dict[str, Any], found: Sequence[tuple[str, Exception]]) -> None:
        log_group = log_group_of(kinesis["data"])
        arrival: float = kinesis["approximateArrivalTimestamp"]
        for text, reason in found:
            self.poison.append(Poison(place, kinesis["sequenceNumber"], arrival, str(reason), text, log_group))


def _latest_day(arrival_seconds: float) -> str:
    """A request ends before its record arrives; a day is left for clocks that go wrong."""
    return f"{datetime.fromtimestamp(arrival_seconds, UTC) + timedelta(days=1):%Y-%m-%d}"
