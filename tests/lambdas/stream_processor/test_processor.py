"""A batch reaches the table once and the metrics once, whatever part of it or of the services fails."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from lambdas.stream_processor import batch
from modelyard_constructs import request_columns


def ids(*numbers: int) -> list[str]:
    return [f"{number:032x}" for number in numbers]


def test_a_batch_is_delivered_counted_and_told(services: Any, stream: Any, record: Any) -> None:
    envelope = stream.envelope(*(json.dumps(record(number)) for number in range(3)))
    control = b'{"messageType": "CONTROL_MESSAGE"}'
    outcome = services.processor().process(
        stream.records(envelope, json.dumps(record(3, status=500)).encode(), gzip.compress(control))
    )
    assert outcome.failed_from is None
    assert services.delivered == ids(0, 1, 2, 3)
    assert (services.total("Requests"), services.total("Errors")) == (4, 1)
    assert (services.total("InputTokens"), services.total("OutputTokens")) == (400, 40)
    assert services.health == {"RecordsRead": 4, "RecordsPoison": 0, "RecordsDuplicate": 0}


def test_a_caller_that_left_is_a_request_and_no_error(services: Any, stream: Any, record: Any) -> None:
    services.processor().process(stream.of(record(0, status=499), record(1, status=429)))
    assert (services.total("Requests"), services.total("Errors")) == (2, 1)


def test_an_answer_that_broke_off_after_its_status_is_an_error_and_one_with_an_error_status_is_one_and_not_two(
    services: Any, stream: Any, record: Any
) -> None:
    broken = [record(0, stop_reason="error"), record(1, status=500, stop_reason="error"), record(2)]
    services.processor().process(stream.of(*broken))
    assert (services.total("Requests"), services.total("Errors")) == (3, 2)


def test_what_a_record_does_not_know_is_not_counted_as_nothing(services: Any, stream: Any, record: Any) -> None:
    services.processor().process(stream.of(record(0, time_to_first_token_ms=None, output_tokens=None)))
    assert "TimeToFirstToken" not in {datum["MetricName"] for datum in services.metrics}
    assert "OutputTokens" not in {datum["MetricName"] for datum in services.metrics}


def test_a_copy_in_the_same_batch_or_in_a_later_one_counts_nowhere(services: Any, stream: Any, record: Any) -> None:
    processor = services.processor()
    processor.process(stream.of(record(0), record(1), record(0)))
    processor.process(stream.of(record(1), record(2)))
    assert services.delivered == ids(0, 1, 2)
    assert services.total("Requests") == 3
    assert services.health["RecordsDuplicate"] == 2


def test_poison_is_kept_apart_and_holds_nobody_up(services: Any, stream: Any, record: Any) -> None:
    lines = [json.dumps(record(0)), "{", json.dumps(record(1, latency_ms="fast")), json.dumps(record(2))]
    outcome = services.processor().process(stream.records(stream.envelope(*lines), b"\x1f\x8bcut off", b"\xff"))
    assert outcome.failed_from is None
    assert services.delivered == ids(0, 2)
    ((key, body),) = services.objects.items()
    assert key.startswith("poison/date=2026-11-21/0-")
    kept = [json.loads(line) for line in body.decode().splitlines()]
    assert [one["reason"] for one in kept] == [
        "it is not JSON",
        "latency_ms is of type str",
        "it is gzip, but not around a JSON object",
        "it is not UTF-8",
    ]
    assert services.health == {"RecordsRead": 6, "RecordsPoison": 4, "RecordsDuplicate": 0}


def test_poison_says_which_log_group_it_came_from(services: Any, stream: Any) -> None:
    services.processor().process(stream.records(stream.envelope("{"), b"{"))
    ((_, body),) = services.objects.items()
    kept = [json.loads(line) for line in body.decode().splitlines()]
    assert [one["log_group"] for one in kept] == ["/aws/sagemaker/Endpoints/support-chat", None]


def test_the_first_day_is_the_one_from_which_on_the_table_shows_partitions() -> None:
    assert batch.FIRST_DAY == request_columns.FIRST_DAY


@pytest.mark.parametrize("time", ["1970-01-01T00:00:00.000Z", "2025-12-31T23:59:59.999Z", "2026-11-23T00:00:00.000Z"])
def test_a_time_outside_the_days_that_the_table_shows_is_poison(
    services: Any, stream: Any, record: Any, time: str
) -> None:
    services.processor().process(stream.of(record(0, time=time), record(1)))
    assert services.delivered == ids(1)
    ((_, body),) = services.objects.items()
    assert json.loads(body)["reason"] == "time lies outside the table's days, 2026-01-01 to 2026-11-22"


def test_what_lies_behind_an_envelope_is_not_dropped_in_silence(services: Any, stream: Any, record: Any) -> None:
    services.processor().process(stream.records(stream.envelope(json.dumps(record(0))) * 2, b"{"))
    assert not services.delivered
    assert services.health["RecordsPoison"] == 2


def test_the_same_poison_again_replaces_itself(services: Any, stream: Any) -> None:
    for _ in range(2):
        services.processor().process(stream.records(b"poison"))
    assert len(services.objects) == 1


def test_a_firehose_record_holds_no_more_lines_than_firehose_takes_apart(
    services: Any, stream: Any, record: Any
) -> None:
    lines = [json.dumps(record(number)) for number in range(1201)]
    services.processor().process(stream.records(stream.envelope(*lines)))
    assert services.lines_of_records == [500, 500, 201]
    assert sorted(services.delivered) == sorted(json.loads(line)["record_id"] for line in lines)


def test_a_call_to_firehose_stays_below_its_bytes(services: Any, stream: Any, record: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("lambdas.stream_processor.delivery._RECORD_LINES", 1)
    monkeypatch.setattr("lambdas.stream_processor.delivery._CALL_BYTES", len(json.dumps(record(0))) * 2 + 20)
    services.processor().process(stream.of(*(record(number) for number in range(5))))
    assert services.calls["put_record_batch"] == 3
    assert services.delivered == ids(0, 1, 2, 3, 4)


def test_throttling_that_ends_is_waited_for(services: Any, stream: Any, record: Any) -> None:
    services.leave[0] = 3
    assert services.processor().process(stream.of(record(0))).failed_from is None
    assert services.delivered == ids(0)


def test_what_firehose_never_takes_comes_again_and_what_it_took_does_not(
    services: Any, stream: Any, record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A parcel for each line, so that some are taken and some are not.
    monkeypatch.setattr("lambdas.stream_processor.delivery._RECORD_BYTES", 1)
    services.leave[1] = 1
    monkeypatch.setattr("lambdas.stream_processor.delivery._ATTEMPTS", 1)
    processor, batch = services.processor(), stream.of(record(0), record(1), record(2))
    outcome = processor.process(batch)
    assert outcome.failed_from == 1
    assert services.delivered == ids(0, 2)
    assert services.total("Requests") == 1
    assert processor.process(batch[1:]).failed_from is None
    assert sorted(services.delivered) == ids(0, 1, 2)
    assert services.total("Requests") == 3


def test_a_service_that_is_down_sends_the_batch_back_whole(services: Any, stream: Any, record: Any) -> None:
    processor, batch = services.processor(), stream.of(record(0), record(1))
    services.refuse["put_record_batch"] = 1
    assert processor.process(batch).failed_from == 0
    assert not services.metrics and not services.delivered
    assert processor.process(batch).failed_from is None
    assert services.total("Requests") == 2


def test_metrics_that_were_refused_are_published_when_the_batch_comes_again_and_rows_are_not(
    services: Any, stream: Any, record: Any
) -> None:
    processor, batch = services.processor(), stream.of(record(0), record(1))
    services.refuse["modelyard/Requests"] = 1
    outcome = processor.process(batch)
    assert (outcome.failed_from, services.total("Requests")) == (0, 0)
    assert processor.process(batch).failed_from is None
    assert services.delivered == ids(0, 1)
    assert services.total("Requests") == 2


def test_poison_that_cannot_be_kept_is_not_lost(services: Any, stream: Any) -> None:
    processor, batch = services.processor(), stream.records(b"poison")
    services.refuse["put_object"] = 1
    assert processor.process(batch).failed_from == 0
    assert processor.process(batch).failed_from is None
    assert len(services.objects) == 1


def test_nothing_is_done_after_the_requests_were_counted(services: Any, stream: Any, record: Any) -> None:
    services.processor().process(stream.records(stream.envelope(json.dumps(record(0)), "{")))
    assert list(services.calls) == ["put_record_batch", "put_object", "modelyard/Processor", "modelyard/Requests"]


def test_a_batch_is_not_run_again_for_the_sake_of_its_own_health(services: Any, stream: Any, record: Any) -> None:
    services.refuse["modelyard/Processor"] = 1
    assert services.processor().process(stream.of(record(0))).failed_from is None


def test_a_request_of_long_ago_is_in_the_table_though_cloudwatch_takes_it_no_more(
    services: Any, stream: Any, record: Any
) -> None:
    outcome = services.processor().process(stream.of(record(0, time="2026-11-01T00:00:00.000Z"), record(1)))
    assert (outcome.failed_from, outcome.too_old_for_metrics) == (None, 1)
    assert services.delivered == ids(0, 1)
    assert services.total("Requests") == 1


def test_a_killed_environment_costs_copies_in_the_table_and_no_loss(services: Any, stream: Any, record: Any) -> None:
    batch = stream.of(record(0), record(1))
    services.processor().process(batch)
    services.processor().process(batch)
    assert services.delivered == ids(0, 1, 0, 1)
