"""The alarms of an endpoint are those that its kind's metrics can raise, and they reach its team."""

from __future__ import annotations

import re
import shutil
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "tests" / "catalogs" / "four-kinds"
RUNBOOK = ROOT / "docs" / "runbooks" / "endpoint-alarms.md"
# Where the environment `guarded` says that runbooks can be read.
ADDRESS = "https://wiki.example.com/runbooks"

ALARM = "AWS::CloudWatch::Alarm"
OF_ANSWERS = {"ServerErrorsAlarm", "ClientErrorsAlarm", "LatencyAlarm"}
OF_INSTANCES = OF_ANSWERS | {"ModelErrorsAlarm", "DiskAlarm"}
OF_QUEUES = {
    "ServerErrorsAlarm",
    "ModelErrorsAlarm",
    "LostRequestsAlarm",
    "UntoldAnswersAlarm",
    "LatencyAlarm",
    "DiskAlarm",
    "BacklogAgeAlarm",
    "NoCapacityAlarm",
    "WakeAlarm",
}


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ("chat", OF_INSTANCES),
        ("shelf", OF_INSTANCES),
        ("answers", OF_ANSWERS | {"ConcurrencyAlarm"}),
        ("summaries", OF_QUEUES),
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


@pytest.mark.parametrize("stack", ["chat", "shelf", "answers", "summaries"])
def test_an_alarm_says_what_by_which_threshold_what_to_do_first_and_where_to_read_on(guarded: Any, stack: str) -> None:
    sections = set(re.findall(r"^## .*<a id=\"([a-z-]+)\"></a>$", RUNBOOK.read_text("utf-8"), re.MULTILINE))
    for logical_id, alarm in guarded.all(stack, ALARM).items():
        if logical_id == "WakeAlarm":
            continue
        said = alarm["AlarmDescription"]
        assert len(said) <= 1024
        found = re.fullmatch(rf"guarded-{stack} .*\d.*\. First: .+\. Runbook: {ADDRESS}/endpoint-alarms\.md#(.+)", said)
        assert found, said
        assert found[1] in sections


def test_without_an_address_of_the_runbooks_alarms_name_their_place_in_the_repository(local: Any) -> None:
    said = local.all("chat", ALARM)["DiskAlarm"]["AlarmDescription"]
    assert said.endswith("Runbook: docs/runbooks/endpoint-alarms.md#disk")


@pytest.mark.parametrize("stack", ["chat", "shelf", "answers", "summaries"])
def test_one_alarm_is_on_while_any_of_the_others_is_and_tells_nobody_a_second_time(guarded: Any, stack: str) -> None:
    composite = guarded.only(stack, "AWS::CloudWatch::CompositeAlarm")
    words = composite["AlarmRule"]["Fn::Join"][1]
    assert {word["Ref"] for word in words[1::2]} == set(guarded.all(stack, ALARM)) - {"WakeAlarm"}
    assert set(words[2:-1:2]) == {'") OR ALARM("'} and (words[0], words[-1]) == ('ALARM("', '")')
    assert "AlarmActions" not in composite


def test_a_share_of_memory_counts_every_gpu_as_a_hundred(tmp_path: Path, run_app: Any) -> None:
    folder = tmp_path / "catalog"
    shutil.copytree(CATALOG, folder)
    entry = folder / "endpoints" / "chat.yaml"
    text = entry.read_text("utf-8").replace("ml.g5.2xlarge", "ml.g5.12xlarge") + "slo: {gpu_memory_percent: 95}\n"
    entry.write_text(text, "utf-8")
    alarm = run_app(tmp_path / "out", "plain", catalog=folder).all("chat", ALARM)["GpuMemoryAlarm"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("/aws/sagemaker/Endpoints", "GPUMemoryUtilization")
    # Four GPUs of 100 percent each (https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html).
    assert alarm["Threshold"] == 380


def test_a_serverless_endpoint_that_answers_one_request_at_a_time_is_always_at_its_concurrency(
    tmp_path: Path, run_app: Any
) -> None:
    folder = tmp_path / "catalog"
    shutil.copytree(CATALOG, folder)
    entry = folder / "endpoints" / "answers.yaml"
    entry.write_text(entry.read_text("utf-8").replace("max_concurrency: 2", "max_concurrency: 1"), "utf-8")
    assert "ConcurrencyAlarm" not in run_app(tmp_path / "out", "plain", catalog=folder).all("answers", ALARM)


def test_a_team_is_reached_at_every_address_it_gave(guarded: Any) -> None:
    subscriptions = guarded.all("chat", "AWS::SNS::Subscription").values()
    reached = {(subscription["Protocol"], subscription["Endpoint"]) for subscription in subscriptions}
    assert reached == {("email", "alpha@example.com"), ("https", "https://hooks.example.com/alpha")}


def test_only_the_stacks_own_alarms_publish_to_its_topic(guarded: Any) -> None:
    policy = guarded.all("chat", "AWS::SNS::TopicPolicy")["AlarmTopicPolicy"]["PolicyDocument"]["Statement"]
    allowed = next(statement for statement in policy if statement["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    alarm = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:modelyard-guarded-chat"
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": [f"{alarm}-{name}-*" for name in sorted(guarded.all("chat", ALARM))]},
    }


@pytest.mark.parametrize("environment", ["guarded", "signals", "flink"])
def test_every_alarm_that_tells_a_topic_may(synthesised: Any, environment: str) -> None:
    templates = synthesised(environment)
    for stack in templates.files:
        telling = {
            name
            for name, alarm in templates.all(stack, ALARM).items()
            if {"Ref": "AlarmTopic"} in alarm.get("AlarmActions", [])
        }
        if not telling:
            continue
        (policy,) = [
            one for name, one in templates.all(stack, "AWS::SNS::TopicPolicy").items() if name == "AlarmTopicPolicy"
        ]
        (allowed,) = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
        patterns = allowed["Condition"]["ArnLike"]["aws:SourceArn"]
        named = {re.fullmatch(rf".*:alarm:modelyard-{environment}-{stack}-(\w+)-\*", one)[1] for one in patterns}
        assert named == telling, stack


def test_the_alarms_of_a_stack_whose_name_goes_on_are_another_stacks(guarded: Any) -> None:
    policy = guarded.all("chat", "AWS::SNS::TopicPolicy")["AlarmTopicPolicy"]["PolicyDocument"]["Statement"]
    (allowed,) = [one for one in policy if one["Effect"] == "Allow"]
    neuron = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:modelyard-guarded-chat-neuron-LatencyAlarm-1X2Y"
    assert not any(fnmatchcase(neuron, one) for one in allowed["Condition"]["ArnLike"]["aws:SourceArn"])
