"""Records leave the container on its standard output, whose lines SageMaker puts into CloudWatch Logs.

That path needs no credentials and no network in the container. A request only appends to a bounded buffer; a thread
of its own makes the lines and writes them, so that a log that is read slowly, or not at all, costs records and never a
request. What the buffer cannot take is counted, and the next record says how many there were.
"""

from __future__ import annotations

import logging
import os
import select
import threading
from collections import deque

from containers.request_records.record import Observation, line
from containers.request_records.settings import RecordSettings

log = logging.getLogger("modelyard")
CAPACITY = 10_000
"""Records; about 10 MB."""
_SECONDS_BETWEEN_WRITES = 0.2
_SECONDS_TO_END = 2.0
# A pipe takes up to this many bytes in one piece, or other processes' lines could come between (pipe(7), PIPE_BUF).
_MOST_BYTES_A_WRITE = select.PIPE_BUF


class RecordWriter:
    """One writer for a container. `add` is called from one thread; `close` writes what is left."""

    def __init__(self, settings: RecordSettings, *, descriptor: int = 1, capacity: int = CAPACITY) -> None:
        self._settings = settings
        self._descriptor = descriptor
        self._capacity = capacity
        self._waiting: deque[tuple[Observation, int]] = deque()
        self._dropped = 0
        self._something = threading.Event()
        self._closing = threading.Event()
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
        """Returns when all is written, or after 2 seconds where nobody reads."""
        self._closing.set()
        self._something.set()
        self._thread.join(timeout=_SECONDS_TO_END)

    def _write_until_closed(self) -> None:
        try:
            while not self._closing.is_set():
                self._something.wait()
                # Records of a moment leave together: waking for each would take the interpreter from the requests.
                self._closing.wait(_SECONDS_BETWEEN_WRITES)
                self._something.clear()
                self._write_all()
            self._write_all()
        except OSError as error:
            log.error("records of requests can no longer be written: %s", error.strerror or error)

    def _write_all(self) -> None:
        batch = b""
        while self._waiting:
            observation, dropped = self._waiting.popleft()
            made = line(observation, self._settings, dropped_before=dropped)
            if len(batch) + len(made) > _MOST_BYTES_A_WRITE:
                self._write(batch)
                batch = b""
            batch += made
        self._write(batch)

    def _write(self, batch: bytes) -> None:
        while batch:
            batch = batch[os.write(self._descriptor, batch) :]
