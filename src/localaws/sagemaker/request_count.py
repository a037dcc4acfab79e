"""How many requests a variant is answering now, and whether it takes more."""

import enum
import threading
import time
from collections.abc import Callable

_LOOK_EVERY_SECONDS = 0.1


class Admission(enum.Enum):
    """What became of a request that asked for a place."""

    ADMITTED = "admitted"
    FULL = "full"
    CLOSED = "closed"


class RequestCount:
    """A counter with an optional limit, closed for good when the variant is taken out of service."""

    def __init__(self) -> None:
        self._count = 0
        self._is_closed = False
        self._changed = threading.Condition()

    @property
    def current(self) -> int:
        return self._count

    def enter(self, *, limit: int | None = None) -> Admission:
        """Count one request more, unless there are `limit` already or the variant takes none any more."""
        with self._changed:
            if self._is_closed:
                return Admission.CLOSED
            if limit is not None and self._count >= limit:
                return Admission.FULL
            self._count += 1
            return Admission.ADMITTED

    def leave(self) -> None:
        """One request is answered."""
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def close(self) -> None:
        """Take no more requests; those that run may end."""
        with self._changed:
            self._is_closed = True

    def wait_until_idle(self, *, timeout_seconds: float, is_aborted: Callable[[], bool]) -> None:
        """Wait for the requests that run, at most that long (real seconds)."""
        deadline = time.monotonic() + timeout_seconds
        with self._changed:
            while self._count and time.monotonic() < deadline and not is_aborted():
                self._changed.wait(_LOOK_EVERY_SECONDS)
