"""The alarms of an endpoint are those that its kind's metrics can raise, and they reach its team."""

from __future__ import annotations

from typing import Any

import pytest

ALARM = "AWS::CloudWatch::Alarm"
OF_REQUESTS = {"ServerErrorsAlarm", "ClientErrorsAlarm", "LatencyAlarm"}


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ("chat", OF_REQUESTS),
        ("shelf", OF_REQUESTS),
        ("answers", OF_REQUESTS),
        ("summaries", {"ServerErrorsAlarm", "LatencyAlarm", "BacklogAgeAlarm", "NoCapacityAlarm", "WakeAlarm"}),
    ],
)
def test_each_kind_has_the_alarms_of_its_kind(guarded: Any, stack: str, expected: set[str]) -> None:
    assert set(guarded.all(stack, ALARM)) == expected


def test_latency_is_compared_in_microseconds(guarded: Any) -> None:
    alarm = guarded.all("chat", ALARM)["LatencyAlarm"]
    assert alarm["MetricName"] == "ModelLatency"
    assert alarm["ExtendedStatistic"] == "p99"
    # The environment's default for real-time entries is 12.5 s.
    assert alarm["Threshold"] == 12_500_000
    assert alarm["TreatMissingData"] == "notBreaching"


def test_client_errors_are_a_share_of_all_requests(guarded: Any) -> None:
    alarm = guarded.all("chat", ALARM)["ClientErrorsAlarm"]
    share, errors, requests = alarm["Metrics"]
    assert share["Expression"] == "IF(requests > 0, 100 * FILL(errors, 0) / requests, 0)"
    assert (errors["Id"], errors["MetricStat"]["Metric"]["MetricName"]) == ("errors", "Invocation4XXErrors")
    assert (requests["Id"], requests["MetricStat"]["Metric"]["MetricName"]) == ("requests", "Invocations")
    assert [metric["ReturnData"] for metric in alarm["Metrics"]] == [True, False, False]
    assert alarm["Threshold"] == 10


@pytest.mark.parametrize("alarm_id", ["BacklogAgeAlarm", "NoCapacityAlarm"])
def test_metrics_of_a_queue_know_no_variant_and_an_idle_queue_is_no_news(guarded: Any, alarm_id: str) -> None:
    alarm = guarded.all("summaries", ALARM)[alarm_id]
    assert alarm["Dimensions"] == [{"Name": "EndpointName", "Value": "guarded-summaries"}]
    assert alarm["TreatMissingData"] == "missing"


def test_alarms_say_when_they_fire_and_when_it_is_over(guarded: Any) -> None:
    for logical_id, alarm in guarded.all("chat", ALARM).items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}], logical_id
        assert alarm["AlarmDescription"].startswith("guarded-chat ")


def test_a_team_is_reached_at_every_address_it_gave(guarded: Any) -> None:
    subscriptions = guarded.all("chat", "AWS::SNS::Subscription").values()
    reached = {(subscription["Protocol"], subscription["Endpoint"]) for subscription in subscriptions}
    assert reached == {("email", "alpha@example.com"), ("https", "https://hooks.example.com/alpha")}
    assert not guarded.all("shelf", "AWS::SNS::Subscription")


def test_only_the_stacks_own_alarms_publish_to_its_topic(guarded: Any) -> None:
    policy = guarded.all("chat", "AWS::SNS::TopicPolicy")["AlarmTopicPolicy"]["PolicyDocument"]["Statement"]
    allowed = next(statement for statement in policy if statement["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:modelyard-guarded-chat-*"},
    }
