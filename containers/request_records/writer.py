"""Records leave the container by a thread of their own: on its log, or straight into the record stream.

A request only appends to a bounded buffer; the thread makes the lines and writes them, so that a log or a stream that
takes them slowly, or not at all, costs records and never a request. What is lost is counted, and the next record says
how much that was.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque

from containers.request_records.kinesis_stream import KinesisStream
from containers.request_records.output import LogOutput, Output, StreamOutput
from containers.request_records.record import Observation, line
from containers.request_records.settings import RecordSettings

log = logging.getLogger("modelyard")
CAPACITY = 10_000
"""Records; about 10 MB."""
_SECONDS_TO_END = 2.0
_TOGETHER = 1_000


class RecordWriter:
    """One writer for a container. `add` is called from one thread; `close` writes what is left."""

    def __init__(self, settings: RecordSettings, *, descriptor: int = 1, capacity: int = CAPACITY) -> None:
        self._settings = settings
        self._capacity = capacity
        self._waiting: deque[tuple[Observation, int]] = deque()
        self._dropped = 0
        # Of the thread alone: what the output did not take, with what those records would have told of.
        self._lost = 0
        self._something = threading.Event()
        self._closing = threading.Event()
        self._output = self._output_of(settings, descriptor)
        self._thread = threading.Thread(target=self._write_until_closed, name="request-records", daemon=True)
        self._thread.start()

    def add(self, observation: Observation) -> None:
        """Never waits."""
        if len(self._waiting) >= self._capacity:
            self._dropped += 1
            return
        self._waiting.append((observation, self._dropped))
        self._dropped = 0
        if not self._something.is_set():
            self._something.set()

    def close(self) -> None:
        """Returns when all is written, or after 2 seconds where nobody takes it."""
        self._closing.set()
        self._something.set()
        self._thread.join(timeout=_SECONDS_TO_END)

    def _write_until_closed(self) -> None:
        try:
            while not self._closing.is_set():
                self._something.wait()
                self._closing.wait(self._output.seconds_between_writes)
                self._something.clear()
                self._write_all()
            self._write_all()
        except OSError as error:
            log.error("records of requests can no longer be written: %s", error.strerror or error)
        finally:
            self._output.close()

    def _write_all(self) -> None:
        while self._waiting:
            lines: list[bytes] = []
            counts: list[int] = []
            while self._waiting and len(lines) < _TOGETHER:
                observation, dropped = self._waiting.popleft()
                dropped, self._lost = dropped + self._lost, 0
                lines.append(line(observation, self._settings, dropped_before=dropped))
                counts.append(1 + dropped)
            self._lost += sum(counts[place] for place in self._output.write(lines))

    def _output_of(self, settings: RecordSettings, descriptor: int) -> Output:
        if settings.stream_arn is None:
            return LogOutput(descriptor)
        return StreamOutput(KinesisStream(settings.stream_arn, os.environ), wait=self._closing.wait)
