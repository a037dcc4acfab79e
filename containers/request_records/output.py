"""Where a container's records go: its own log, or straight into the record stream."""

from __future__ import annotations

import logging
import os
import select
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import uniform
from typing import Protocol

from containers.request_records.kinesis_stream import NotTaken

log = logging.getLogger("modelyard")
# A pipe takes up to this many bytes in one piece, or other processes' lines could come between (pipe(7), PIPE_BUF).
_MOST_BYTES_A_WRITE = select.PIPE_BUF
# Kinesis bills a record as a multiple of 25 KB on shards, and of 1 KB on demand, so that lines share one.
_RECORD_BYTES = 25_000
# Of one PutRecords, keys included: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
_CALL_BYTES, _CALL_RECORDS, _KEY_BYTES = 5_000_000, 500, 32
_ATTEMPTS = 5
_FIRST_PAUSE_SECONDS = 0.2
_SECONDS_BETWEEN_WARNINGS = 60.0


class Output(Protocol):
    """Takes lines that end in a line feed."""

    seconds_between_writes: float
    """How long lines are gathered: waking for each would take the interpreter from the requests."""

    def write(self, lines: Sequence[bytes]) -> Sequence[int]:
        """Returns the places of lines that are lost. Raises OSError where no line can be written any more."""
        ...

    def close(self) -> None: ...


class LogOutput:
    """A file descriptor, whose lines SageMaker puts into CloudWatch Logs."""

    seconds_between_writes = 0.2

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, lines: Sequence[bytes]) -> Sequence[int]:
        batch = b""
        for line in lines:
            if len(batch) + len(line) > _MOST_BYTES_A_WRITE:
                self._write(batch)
                batch = b""
            batch += line
        self._write(batch)
        return ()

    def close(self) -> None:
        """The descriptor is the process's own."""

    def _write(self, batch: bytes) -> None:
        while batch:
            batch = batch[os.write(self._descriptor, batch) :]


class Stream(Protocol):
    def put(self, records: Sequence[bytes]) -> list[int]:
        """Returns the places of records that were not taken. Raises `NotTaken`."""
        ...

    def close(self) -> None: ...


@dataclass
class _Record:
    places: list[int] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)


class StreamOutput:
    """A Kinesis data stream: what it does not take is tried again for some seconds, then lost."""

    seconds_between_writes = 1.0

    def __init__(self, stream: Stream, *, wait: Callable[[float], object]) -> None:
        self._stream = stream
        self._wait = wait
        self._warned_at = -_SECONDS_BETWEEN_WARNINGS

    def write(self, lines: Sequence[bytes]) -> Sequence[int]:
        return [place for call in _calls(_records(lines)) for one in self._put(call) for place in one.places]

    def close(self) -> None:
        self._stream.close()

    def _put(self, records: Sequence[_Record]) -> Sequence[_Record]:
        reason = "the stream's shards are full"
        for attempt in range(_ATTEMPTS):
            if attempt:
                # Jitter keeps an endpoint's instances from coming back together.
                self._wait(uniform(0.5, 1) * _FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                left = self._stream.put([bytes(record.data) for record in records])
            except NotTaken as refusal:
                reason = str(refusal)
                if not refusal.passes:
                    break
            else:
                records = [records[place] for place in left]
                if not records:
                    return ()
        self._warn(sum(len(record.places) for record in records), reason)
        return records

    def _warn(self, lost: int, reason: str) -> None:
        if time.monotonic() - self._warned_at >= _SECONDS_BETWEEN_WARNINGS:
            self._warned_at = time.monotonic()
            log.warning("records of requests are lost, %d of them now: %s", lost, reason)


def _records(lines: Sequence[bytes]) -> Iterator[_Record]:
    record = _Record()
    for place, line in enumerate(lines):
        if record.places and len(record.data) + len(line) > _RECORD_BYTES:
            yield record
            record = _Record()
        record.places.append(place)
        record.data += line
    if record.places:
        yield record


def _calls(records: Iterator[_Record]) -> Iterator[Sequence[_Record]]:
    call: list[_Record] = []
    size = 0
    for record in records:
        more = len(record.data) + _KEY_BYTES
        if call and (size + more > _CALL_BYTES or len(call) >= _CALL_RECORDS):
            yield call
            call, size = [], 0
        call.append(record)
        size += more
    if call:
        yield call
