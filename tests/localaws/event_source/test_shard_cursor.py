"""What a mapping tries next in a shard follows from how the function answered."""

from __future__ import annotations

from localaws.event_source.shard_cursor import RetryRules, ShardCursor, Slice


def test_records_come_in_batches_in_the_order_of_their_shard() -> None:
    cursor = ShardCursor(RetryRules())
    assert cursor.next(available=5, batch_size=3) == Slice(0, 3)
    cursor.succeeded()
    assert cursor.next(available=5, batch_size=3) == Slice(3, 5)
    cursor.succeeded()
    assert cursor.next(available=5, batch_size=3) is None


def test_what_the_function_names_as_failed_comes_again_with_all_that_follows_it() -> None:
    cursor = ShardCursor(RetryRules())
    cursor.next(available=10, batch_size=10)
    assert cursor.succeeded_up_to(7) is None
    assert cursor.position == 7
    assert cursor.next(available=20, batch_size=10) == Slice(7, 10, failures=1)


def test_a_batch_that_fails_is_halved_until_one_record_is_left_that_is_given_up() -> None:
    cursor = ShardCursor(RetryRules(retries=1, bisect=True))
    bad, given_up, tried = 5, [], 0
    while (current := cursor.next(available=8, batch_size=8)) is not None:
        tried += 1
        assert tried < 50
        if current.start <= bad < current.end:
            given_up += [lost for lost in [cursor.failed()] if lost]
        else:
            cursor.succeeded()
    assert [(lost.start, lost.end) for lost in given_up] == [(5, 6)]
    assert cursor.position == 8


def test_without_bisecting_the_whole_batch_is_tried_as_often_as_said_and_given_up() -> None:
    cursor = ShardCursor(RetryRules(retries=2))
    answers = []
    for _ in range(3):
        assert cursor.next(available=4, batch_size=4) is not None
        answers.append(cursor.failed())
    assert answers == [None, None, Slice(0, 4, failures=2)]
    assert not cursor.tries_again
    assert cursor.position == 4


def test_without_a_limit_nothing_is_ever_given_up() -> None:
    cursor = ShardCursor(RetryRules())
    for _ in range(1000):
        cursor.next(available=1, batch_size=1)
        assert cursor.failed() is None
    assert cursor.position == 0


def test_what_is_too_large_for_one_invocation_is_left_for_the_next() -> None:
    cursor = ShardCursor(RetryRules())
    cursor.next(available=4, batch_size=4)
    assert cursor.shorten(1) == Slice(0, 1)
    cursor.succeeded()
    assert cursor.next(available=4, batch_size=4) == Slice(1, 4)
