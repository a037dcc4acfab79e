"""How many requests a variant is answering now, and whether it takes more."""

import enum
import threading


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

    def drain(self, *, timeout_seconds: float) -> None:
        """Take no more requests and wait for those that run, at most that long (real seconds)."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: self._count == 0, timeout=timeout_seconds)
