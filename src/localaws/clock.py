"""The one clock of embedded AWS, so that a test or the demo can let minutes pass in seconds.

Everything of ours that waits or stamps a time (endpoint states, bake times, notifications)
asks the clock it was given. What runs in real processes (a model that loads) still takes real seconds.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

# Of real time: how soon a waiter notices that a clock was moved by hand.
_LOOK_EVERY_SECONDS = 0.05


class Clock(Protocol):
    """What the parts of embedded AWS know of time."""

    def now(self) -> datetime:
        """The current moment, with its time zone (UTC)."""
        ...

    def of_real(self, moment: datetime) -> datetime:
        """When a moment of real time was, such as one that MiniStack stamped."""
        ...

    def sleep(self, seconds: float) -> None:
        """Block the calling thread until `seconds` of this clock have passed."""
        ...

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        """Wait, holding `condition`, until it is notified or `seconds` of this clock have passed; may wake early."""
        ...


class ScaledClock:
    """Real time, `factor` times as fast: at 60 a minute of AWS passes in one second."""

    def __init__(self, *, factor: float = 1.0) -> None:
        if factor <= 0:
            raise ValueError(
                f"clock factor {factor} is not above 0; 1 is real time, 60 makes a minute pass in a second"
            )
        self.factor = factor
        self._start = datetime.now(UTC)
        self._start_monotonic = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._start_monotonic) * self.factor)

    def of_real(self, moment: datetime) -> datetime:
        return self._start + (moment - self._start) * self.factor

    def sleep(self, seconds: float) -> None:
        time.sleep(max(seconds, 0.0) / self.factor)

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        condition.wait(max(seconds, 0.0) / self.factor)


class ManualClock:
    """Stands still until somebody calls `advance`; a sleeper wakes when its moment is reached."""

    def __init__(self, *, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start
        self._moved = threading.Condition()

    def now(self) -> datetime:
        with self._moved:
            return self._now

    def of_real(self, moment: datetime) -> datetime:
        # It has no tie to real time: what happens, happens now.
        return self.now()

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        with self._moved:
            self._now += timedelta(seconds=seconds)
            self._moved.notify_all()

    def sleep(self, seconds: float) -> None:
        with self._moved:
            wake_at = self._now + timedelta(seconds=seconds)
            while self._now < wake_at:
                self._moved.wait()

    def wait(self, condition: threading.Condition, seconds: float) -> None:
        # It moves without notifying anybody else's condition.
        condition.wait(_LOOK_EVERY_SECONDS)
