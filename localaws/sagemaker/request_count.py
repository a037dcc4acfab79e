"""How many requests a variant is answering now."""

import threading


class RequestCount:
    """A counter with an optional limit. Safe to use from several threads."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = threading.Lock()

    @property
    def current(self) -> int:
        return self._count

    def enter(self, *, limit: int | None = None) -> bool:
        """Count one request more; False, and nothing counted, when there are `limit` already."""
        with self._lock:
            if limit is not None and self._count >= limit:
                return False
            self._count += 1
            return True

    def leave(self) -> None:
        """One request is answered."""
        with self._lock:
            self._count -= 1
