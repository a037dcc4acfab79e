"""Alarms on MiniStack's metric store, on a clock that stands still; the topics they notify are only counted."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from localaws.alarms.evaluator import AlarmEvaluator
from localaws.alarms.history import AlarmHistory
from localaws.clock import ManualClock

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
PLACE = ("111111111111", "eu-west-1")


@pytest.fixture(autouse=True)
def actions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The state changes whose actions were taken; the store is empty before and after each test."""
    taken: list[str] = []
    for name in ("_evaluate_alarm", "_record_history"):
        monkeypatch.setattr(cloudwatch, name, getattr(cloudwatch, name))
    monkeypatch.setattr(
        cloudwatch, "_dispatch_alarm_actions", lambda alarm, old, new, reason: taken.append(f"{old} -> {new}: {reason}")
    )
    yield taken
    with request_scope(*PLACE):
        cloudwatch.reset()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(start=NOON)


def alarm(**changes: Any) -> dict[str, Any]:
    stored = {
        "AlarmName": "alarm",
        "AlarmArn": f"arn:aws:cloudwatch:{PLACE[1]}:{PLACE[0]}:alarm:alarm",
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocation5XXErrors",
        "Dimensions": [{"Name": "EndpointName", "Value": "chat"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 2,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "missing",
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": 0,
        **changes,
    }
    with request_scope(*PLACE):
        cloudwatch._alarms["alarm"] = stored
    return stored


def publish(clock: ManualClock, metric: str, value: float, *, minutes_ago: int, endpoint: str = "chat") -> None:
    at = clock.now().timestamp() - 60 * minutes_ago
    with request_scope(*PLACE):
        cloudwatch._store_datum(
            "AWS/SageMaker", metric, {"EndpointName": endpoint}, at, "Count", value, None, None, None
        )


def evaluated(clock: ManualClock, stored: dict[str, Any]) -> str:
    AlarmEvaluator(clock=clock).evaluate_all()
    return str(stored["StateValue"])


def test_an_alarm_follows_its_own_endpoint_and_no_other(clock: ManualClock, actions: list[str]) -> None:
    stored = alarm()
    for minutes_ago in (1, 2):
        publish(clock, "Invocation5XXErrors", 9, minutes_ago=minutes_ago, endpoint="search")
        publish(clock, "Invocation5XXErrors", 1, minutes_ago=minutes_ago)
    assert evaluated(clock, stored) == "OK"
    assert actions == [
        "INSUFFICIENT_DATA -> OK: Threshold Crossed: 2 datapoints [1.0, 1.0] were not greater than the threshold (5.0)."
    ]


def test_an_alarm_goes_off_when_enough_periods_breach_and_recovers(clock: ManualClock, actions: list[str]) -> None:
    stored = alarm()
    publish(clock, "Invocation5XXErrors", 4, minutes_ago=1)
    publish(clock, "Invocation5XXErrors", 3, minutes_ago=1)
    publish(clock, "Invocation5XXErrors", 8, minutes_ago=2)
    assert evaluated(clock, stored) == "ALARM"
    assert stored["StateReason"] == (
        "Threshold Crossed: 2 datapoints [8.0, 7.0] were greater than the threshold (5.0)."
    )
    clock.advance(60)
    publish(clock, "Invocation5XXErrors", 0, minutes_ago=1)
    assert evaluated(clock, stored) == "OK"
    assert evaluated(clock, stored) == "OK"
    assert len(actions) == 2


def test_the_running_period_is_not_judged(clock: ManualClock, actions: list[str]) -> None:
    stored = alarm(EvaluationPeriods=1)
    publish(clock, "Invocation5XXErrors", 100, minutes_ago=0)
    assert evaluated(clock, stored) == "INSUFFICIENT_DATA"
    clock.advance(60)
    assert evaluated(clock, stored) == "ALARM"


def test_an_alarm_without_data_says_so_or_does_what_it_was_told(clock: ManualClock, actions: list[str]) -> None:
    stored = alarm()
    publish(clock, "Invocation5XXErrors", 0, minutes_ago=1)
    assert evaluated(clock, stored) == "OK"
    clock.advance(600)
    assert evaluated(clock, stored) == "INSUFFICIENT_DATA"
    assert stored["StateReason"] == "Insufficient Data: 2 datapoints were unknown."
    stored["TreatMissingData"] = "breaching"
    assert evaluated(clock, stored) == "ALARM"
    assert stored["StateReason"] == "Threshold Crossed: 2 datapoints were unknown and treated as [breaching]."


def test_an_alarm_that_recovers_names_the_datapoints_that_did_not_breach(
    clock: ManualClock, actions: list[str]
) -> None:
    stored = alarm()
    publish(clock, "Invocation5XXErrors", 9, minutes_ago=1)
    publish(clock, "Invocation5XXErrors", 8, minutes_ago=2)
    assert evaluated(clock, stored) == "ALARM"
    clock.advance(60)
    publish(clock, "Invocation5XXErrors", 0, minutes_ago=1)
    assert evaluated(clock, stored) == "OK"
    assert stored["StateReason"] == (
        "Threshold Crossed: 1 out of the last 2 datapoints [0.0] was not greater than the threshold (5.0)."
    )


def test_an_alarm_that_recovers_without_data_says_what_stood_in_for_it(clock: ManualClock, actions: list[str]) -> None:
    stored = alarm(TreatMissingData="notBreaching")
    publish(clock, "Invocation5XXErrors", 9, minutes_ago=1)
    publish(clock, "Invocation5XXErrors", 8, minutes_ago=2)
    assert evaluated(clock, stored) == "ALARM"
    clock.advance(60 * 3)
    assert evaluated(clock, stored) == "OK"
    assert stored["StateReason"] == "Threshold Crossed: 1 datapoint was unknown and treated as [notBreaching]."


def test_the_history_of_an_alarm_is_told_by_the_clock(clock: ManualClock, actions: list[str]) -> None:
    AlarmHistory(clock=clock).take_over()
    AlarmEvaluator(clock=clock).take_over()
    stored = alarm()
    with request_scope(*PLACE):
        del cloudwatch._alarms["alarm"]
        cloudwatch.cloudformation_put_metric_alarm(stored)
    publish(clock, "Invocation5XXErrors", 1, minutes_ago=1)
    assert evaluated(clock, stored) == "OK"
    with request_scope(*PLACE):
        entries = cloudwatch._history_entries()
    assert [(entry["HistorySummary"], entry["Timestamp"][:19]) for entry in entries] == [
        ("Alarm updated from INSUFFICIENT_DATA to OK", f"{NOON:%Y-%m-%dT%H:%M:%S}")
    ]


def test_history_of_two_weeks_is_kept(clock: ManualClock) -> None:
    history = AlarmHistory(clock=clock)
    with request_scope(*PLACE):
        for number in range(500):
            history.record("alarm", "OK", f"state-{number}", "it flaps")
            clock.advance(3600)
        entries = cloudwatch._history_entries()
        assert len(entries) == 14 * 24 + 1
        assert entries[-1]["HistorySummary"].endswith("state-499")


def test_an_alarm_on_a_share_divides_period_by_period(clock: ManualClock, actions: list[str]) -> None:
    def query(name: str, metric: str) -> dict[str, Any]:
        what = {
            "Namespace": "AWS/SageMaker",
            "MetricName": metric,
            "Dimensions": [{"Name": "EndpointName", "Value": "chat"}],
        }
        return {"Id": name, "ReturnData": False, "MetricStat": {"Metric": what, "Period": 60, "Stat": "Sum"}}

    stored = alarm(
        Metrics=[
            {"Id": "percent", "Expression": "100 * share"},
            {"Id": "share", "Expression": "bad / all", "ReturnData": False},
            query("bad", "Invocation4XXErrors"),
            query("all", "Invocations"),
        ]
    )
    for minutes_ago, bad in ((1, 10), (2, 4)):
        publish(clock, "Invocations", 100, minutes_ago=minutes_ago)
        publish(clock, "Invocation4XXErrors", bad, minutes_ago=minutes_ago)
    assert evaluated(clock, stored) == "OK"
    clock.advance(60)
    publish(clock, "Invocations", 100, minutes_ago=1)
    publish(clock, "Invocation4XXErrors", 6, minutes_ago=1)
    assert evaluated(clock, stored) == "ALARM"


def test_expressions_that_wait_for_each_other_leave_the_alarm_as_it_is(
    clock: ManualClock, actions: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    circle = [{"Id": "a", "Expression": "b + 1"}, {"Id": "b", "Expression": "a + 1", "ReturnData": False}]
    assert evaluated(clock, alarm(Metrics=circle)) == "INSUFFICIENT_DATA"
    assert "the expressions a, b wait for each other" in caplog.text
