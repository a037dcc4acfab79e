from localaws.cloudformation.event_times import StrictlyLater


def test_no_two_events_have_the_same_time() -> None:
    now = StrictlyLater()
    times = [now() for _ in range(1000)]
    assert times == sorted(set(times))
