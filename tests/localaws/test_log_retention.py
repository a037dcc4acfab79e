"""How many log events are held."""

from typing import Any

import pytest
from ministack.services import cloudwatch_logs

from localaws.log_retention import drop_oldest, keep_newest_events


def put(stream: str, first: int, number: int, *, message: str = "x" * 500) -> None:
    events = [{"timestamp": first + at, "message": f"{first + at} {message}"} for at in range(number)]
    answer = cloudwatch_logs._put_log_events({"logGroupName": "held", "logStreamName": stream, "logEvents": events})
    assert answer[0] == 200


def events_of(stream: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloudwatch_logs._log_groups["held"]["streams"][stream]["events"]
    return found


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> None:
    for changed in ("_append_log_events", "_log_groups", "_log_records"):
        monkeypatch.setattr(cloudwatch_logs, changed, getattr(cloudwatch_logs, changed))
    cloudwatch_logs._log_groups = type(cloudwatch_logs._log_groups)()
    cloudwatch_logs._log_records = type(cloudwatch_logs._log_records)()
    keep_newest_events(most_bytes=2**20)
    cloudwatch_logs._create_log_group({"logGroupName": "held"})
    for stream in ("loud", "quiet"):
        cloudwatch_logs._create_log_stream({"logGroupName": "held", "logStreamName": stream})


@pytest.mark.usefixtures("streams")
def test_events_do_not_grow_with_what_is_logged_and_the_newest_stay() -> None:
    put("quiet", 0, 10)
    held = []
    for batch in range(200):
        put("loud", 1000 + batch * 50, 50)
        held.append(len(events_of("loud")))
    assert max(held) < 2**20 / 1000 + 200
    assert events_of("loud")[-1]["message"].startswith("10999 ")
    assert len(events_of("quiet")) == 10
    assert len(cloudwatch_logs._log_records._data) <= 1050


@pytest.mark.usefixtures("streams")
def test_a_query_finds_what_is_held_and_its_pointers() -> None:
    put("loud", 0, 1500, message="short")
    found = cloudwatch_logs._log_groups["held"]["streams"]["loud"]
    assert found["firstEventTimestamp"] == events_of("loud")[0]["timestamp"]
    answer = cloudwatch_logs._get_log_record({"logRecordPointer": events_of("loud")[-1]["eventId"]})
    assert b"1499 short" in answer[2]


def test_one_event_larger_than_the_bound_is_let_go() -> None:
    stream = {"events": [{"timestamp": 1, "message": "x" * 5000}], "firstEventTimestamp": 1}
    drop_oldest([stream], most_bytes=1000)
    assert stream == {"events": [], "firstEventTimestamp": None}
