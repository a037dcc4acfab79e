"""How long real work may take: by the clock, which may run faster than the work does."""

import time
from datetime import timedelta

from localaws.clock import Clock


class Patience:
    """A limit in the clock's seconds, for what takes real time: a process that loads, an object that is fetched.

    A fast clock does not end it before `least_real_seconds`, nor does that ever make it longer than `seconds` are.
    """

    def __init__(self, clock: Clock, *, seconds: float, least_real_seconds: float) -> None:
        self._clock = clock
        self._deadline = clock.now() + timedelta(seconds=seconds)
        self._least_real_seconds = min(seconds, least_real_seconds)
        self._began = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self._clock.now() >= self._deadline and time.monotonic() - self._began >= self._least_real_seconds
