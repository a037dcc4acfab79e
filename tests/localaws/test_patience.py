"""Limits on real work, on a clock that is moved by hand."""

from localaws.clock import ManualClock
from localaws.patience import Patience


def test_patience_ends_with_the_clocks_seconds() -> None:
    clock = ManualClock()
    patience = Patience(clock, seconds=60, least_real_seconds=0)
    clock.advance(59)
    assert not patience.is_over
    clock.advance(1)
    assert patience.is_over


def test_a_fast_clock_does_not_end_it_before_its_real_seconds() -> None:
    clock = ManualClock()
    patience = Patience(clock, seconds=120, least_real_seconds=100)
    clock.advance(3600)
    assert not patience.is_over


def test_its_real_seconds_never_make_it_longer_than_it_was_to_be() -> None:
    clock = ManualClock()
    patience = Patience(clock, seconds=0, least_real_seconds=100)
    assert patience.is_over
