"""What an alarm tells: messages that really arrive, of an alarm and of a composite alarm above it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ministack.core.responses import request_scope

from localaws.alarms.notification import message

METRIC = {"Namespace": "told", "MetricName": "Failures", "Dimensions": [{"Name": "EndpointName", "Value": "chat"}]}
# Alarms are evaluated every ten seconds.
PATIENCE_SECONDS = 40


@pytest.fixture
def inbox(embedded_aws: Any) -> Any:
    """A topic, and what arrives in a queue that subscribes to it: (alarm, state) in order of arrival."""
    sns, sqs = embedded_aws.client("sns"), embedded_aws.client("sqs")
    topic = sns.create_topic(Name="told")["TopicArn"]
    queue = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    publish = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [publish]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    messages: list[dict[str, Any]] = []

    def told(name: str, state: str) -> dict[str, Any]:
        """The message that an alarm is in a state, once it has come."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for one in messages:
                if (one["AlarmName"], one["NewStateValue"]) == (name, state):
                    return one
            for received in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", []):
                messages.append(json.loads(json.loads(received["Body"])["Message"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=received["ReceiptHandle"])
        raise AssertionError(f"no message that {name} is in {state}, only {messages}")

    return topic, told


def test_an_alarm_and_the_composite_above_it_tell_their_topic(embedded_aws: Any, inbox: Any) -> None:
    topic, told = inbox
    cloudwatch = embedded_aws.client("cloudwatch")
    # The minutes that count are over: the running one never does.
    minutes = [datetime.now(UTC) - timedelta(minutes=back) for back in (1, 2, 3)]
    data = [{**METRIC, "Timestamp": at, "Value": 9.0} for at in minutes]
    for datum in data:
        del datum["Namespace"]
    cloudwatch.put_metric_data(Namespace="told", MetricData=data)
    cloudwatch.put_metric_alarm(
        AlarmName="told-failures",
        AlarmDescription="chat fails. First: look. Runbook: here",
        **METRIC,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=5,
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
        OKActions=[topic],
    )
    cloudwatch.put_composite_alarm(
        AlarmName="told-any", AlarmRule='ALARM("told-failures")', AlarmActions=[topic], OKActions=[topic]
    )
    said = told("told-failures", "ALARM")
    assert said["AlarmDescription"] == "chat fails. First: look. Runbook: here"
    assert said["NewStateReason"].startswith("Threshold Crossed: 3 datapoints [9.0, 9.0, 9.0]")
    assert said["Trigger"]["Dimensions"] == [{"name": "EndpointName", "value": "chat"}]
    composite = told("told-any", "ALARM")
    assert composite["AlarmRule"] == 'ALARM("told-failures")'
    [child] = composite["TriggeringChildren"]
    assert child["Arn"].endswith(":alarm:told-failures") and child["State"] == {"Value": "ALARM"}
    cloudwatch.put_metric_alarm(
        AlarmName="told-failures",
        **METRIC,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=10,
        TreatMissingData="notBreaching",
        OKActions=[topic],
    )
    assert told("told-failures", "OK")["OldStateValue"] == "ALARM"


def test_a_share_tells_which_metrics_it_divides_and_times_are_the_clocks() -> None:
    metrics = [{"Id": "share", "Expression": "100 * errors / requests", "ReturnData": True}]
    alarm = {
        "AlarmName": "share",
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:share",
        "Metrics": metrics,
        "EvaluationPeriods": 3,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 1.0,
    }
    with request_scope("111111111111", "eu-west-1"):
        told = message(alarm, before="OK", state="ALARM", reason="because", at=datetime(2026, 11, 2, 12, tzinfo=UTC))
    assert told["StateChangeTime"] == "2026-11-02T12:00:00.000+0000"
    assert (told["AWSAccountId"], told["Region"]) == ("111111111111", "eu-west-1")
    assert told["Trigger"]["Metrics"] == metrics
    assert told["Trigger"]["DatapointsToAlarm"] == 3
