import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from localaws.clock import ManualClock, ScaledClock


def test_a_fast_clock_lets_a_minute_pass_in_a_fraction_of_a_second() -> None:
    clock = ScaledClock(factor=600)
    before, real_before = clock.now(), time.monotonic()
    clock.sleep(60)
    assert clock.now() - before >= timedelta(seconds=60)
    assert time.monotonic() - real_before < 5


def test_a_fast_clock_knows_when_a_moment_of_real_time_was() -> None:
    clock = ScaledClock(factor=600)
    time.sleep(0.2)
    real = datetime.now(UTC)
    assert abs(clock.of_real(real) - clock.now()) < timedelta(seconds=60)
    assert clock.of_real(real + timedelta(seconds=1)) - clock.of_real(real) == timedelta(seconds=600)


def test_a_clock_cannot_stand_still_or_run_backwards() -> None:
    with pytest.raises(ValueError, match="clock factor 0 is not above 0"):
        ScaledClock(factor=0)


def test_a_manual_clock_wakes_a_sleeper_only_when_its_moment_is_reached() -> None:
    clock = ManualClock(start=datetime(2026, 11, 2, tzinfo=UTC))
    woke = threading.Event()
    sleeper = threading.Thread(target=lambda: (clock.sleep(60), woke.set()))
    sleeper.start()
    clock.advance(59)
    assert not woke.wait(timeout=0.2)
    clock.advance(1)
    assert woke.wait(timeout=5)
    sleeper.join()
    assert clock.now() == datetime(2026, 11, 2, 0, 1, tzinfo=UTC)
