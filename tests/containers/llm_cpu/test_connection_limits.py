"""Who owes what on a connection; the times are the test's own."""

from __future__ import annotations

from containers.llm_cpu.connection_limits import SECONDS_FOR_BODY, SECONDS_FOR_HEAD, SECONDS_UNREAD, Debt


def test_a_head_that_comes_byte_by_byte_is_too_slow_from_its_first_byte_on() -> None:
    debt = Debt()
    for second in range(int(SECONDS_FOR_HEAD) + 1):
        assert not debt.is_too_slow(second)
        debt.received(1, second)
    assert debt.is_too_slow(SECONDS_FOR_HEAD + 1)


def test_a_body_has_a_time_of_its_own() -> None:
    debt = Debt()
    debt.received(100, 0)
    debt.head_is_here(5)
    for second in range(5, 5 + int(SECONDS_FOR_BODY)):
        debt.received(1, second)
        debt.body_came()
    assert not debt.is_too_slow(5 + SECONDS_FOR_BODY)
    assert debt.is_too_slow(5.1 + SECONDS_FOR_BODY)


def test_nothing_is_owed_while_the_server_works_or_between_requests() -> None:
    debt = Debt()
    debt.received(100, 0)
    debt.head_is_here(0)
    debt.request_is_here()
    assert not debt.is_too_slow(10_000)


def test_bytes_without_a_body_add_up_until_one_comes() -> None:
    debt = Debt()
    debt.received(40_000, 0)
    debt.received(40_000, 0)
    assert debt.silent_bytes == 80_000
    debt.body_came()
    assert debt.silent_bytes == 0


def test_a_reader_who_stops_is_ended_and_one_who_reads_a_little_now_and_then_as_well() -> None:
    stopped, slow = Debt(), Debt()
    stopped.reader_stopped(0)
    assert not stopped.does_not_read(SECONDS_UNREAD)
    assert stopped.does_not_read(SECONDS_UNREAD + 1)
    for start in range(0, 100, 10):
        slow.reader_stopped(start)
        slow.reader_goes_on(start + 5)
    assert slow.does_not_read(100)


def test_answers_that_are_read_leave_nothing_behind() -> None:
    debt = Debt()
    for start in range(0, 1000, 10):
        debt.reader_stopped(start)
        debt.reader_goes_on(start + 5)
        debt.answer_is_out()
    assert not debt.does_not_read(1000)
    debt.reader_stopped(1000)
    debt.answer_is_out()
    assert debt.does_not_read(1001 + SECONDS_UNREAD)
