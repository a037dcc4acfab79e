"""Where an environment asks for it, Flink makes metrics of the records, and nothing else about them changes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelyard_constructs.flink_archive import found_connector
from modelyard_constructs.function_archive import BundlingFailed

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "tests" / "catalogs" / "four-kinds"
RUNBOOK = ROOT / "docs" / "runbooks" / "signals-alarms.md"
# Held by the stream instead, which test_permissions.py looks at.
ANY_KEY = "arn:aws:kms:us-east-1:*:key/*"
RECORDS = {"Fn::GetAtt": ["RecordStream", "Arn"]}
WINDOWS = {"Fn::GetAtt": ["WindowStream", "Arn"]}


@pytest.fixture(scope="module")
def with_flink(synthesised: Callable[[str], Any]) -> Any:
    return synthesised("flink")


@pytest.fixture(scope="module")
def with_lambda(synthesised: Callable[[str], Any]) -> Any:
    return synthesised("signals")


def configuration(synthesis: Any) -> dict[str, Any]:
    application = synthesis.only("foundation", "AWS::KinesisAnalyticsV2::Application")
    found: dict[str, Any] = application["ApplicationConfiguration"]
    return found


def test_without_the_key_there_is_no_flink(with_lambda: Any) -> None:
    types = {resource["Type"] for _, _, resource in with_lambda.resources()}
    assert not {one for one in types if one.startswith("AWS::KinesisAnalytics")}
    variables = with_lambda["foundation"]["Resources"]["StreamProcessor"]["Properties"]["Environment"]["Variables"]
    assert "MODELYARD_AGGREGATES" not in variables


def test_the_service_runs_our_job_between_the_two_streams(with_flink: Any) -> None:
    application = with_flink.only("foundation", "AWS::KinesisAnalyticsV2::Application")
    assert application["RuntimeEnvironment"] == "FLINK-1_20"
    groups = {
        group["PropertyGroupId"]: group["PropertyMap"]
        for group in configuration(with_flink)["EnvironmentProperties"]["PropertyGroups"]
    }
    assert groups["modelyard"] == {
        "region": "us-east-1",
        "record.stream.arn": RECORDS,
        "window.stream.arn": WINDOWS,
    }
    (archive,) = [path for path in with_flink.folder.glob("asset.*.zip") if holds_jar(path)]
    names = zipfile.ZipFile(archive).namelist()
    options = groups["kinesis.analytics.flink.run.options"]
    assert {options["python"], options["jarfile"]} <= set(names)
    location = configuration(with_flink)["ApplicationCodeConfiguration"]["CodeContent"]["S3ContentLocation"]
    assert location["FileKey"] == archive.name.removeprefix("asset.")


def holds_jar(path: Path) -> bool:
    return any(name.endswith(".jar") for name in zipfile.ZipFile(path).namelist())


def test_what_is_packed_is_all_that_the_job_imports(with_flink: Any, tmp_path: Path) -> None:
    (archive,) = [path for path in with_flink.folder.glob("asset.*.zip") if holds_jar(path)]
    zipfile.ZipFile(archive).extractall(tmp_path)
    program = "import flink.record_reading, sys; print(len(list(flink.record_reading.rows(b'no record'))))"
    run = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'code')!r}); {program}"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (run.stdout.strip(), run.stderr) == ("0", "")
    assert {path.stem for path in (ROOT / "flink" / "sql").glob("*.sql")} == {
        path.stem for path in (tmp_path / "code" / "flink" / "sql").glob("*.sql")
    }


def test_its_state_survives_and_it_grows_with_the_load(with_flink: Any) -> None:
    flink = configuration(with_flink)["FlinkApplicationConfiguration"]
    assert flink["CheckpointConfiguration"]["CheckpointingEnabled"] is True
    assert flink["CheckpointConfiguration"]["CheckpointInterval"] == 60_000
    assert flink["ParallelismConfiguration"]["AutoScalingEnabled"] is True
    assert configuration(with_flink)["ApplicationSnapshotConfiguration"] == {"SnapshotsEnabled": True}


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]]


def test_the_job_may_read_records_and_write_windows_and_nothing_more(with_flink: Any) -> None:
    role = with_flink["foundation"]["Resources"]["AggregationRole"]["Properties"]
    allowed = {action: one for one in statements(role) for action in one["Action"]}
    assert {action for action, one in allowed.items() if one["Resource"] == [RECORDS]} == {
        "kinesis:DescribeStream",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
    }
    assert allowed["kinesis:PutRecords"]["Resource"] == [WINDOWS]
    assert allowed["kms:Decrypt"]["Resource"] == allowed["kms:GenerateDataKey"]["Resource"] == [ANY_KEY]
    assert not {action for action in allowed if action.startswith(("cloudwatch:", "firehose:"))}
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["ArnEquals"] == {
        "aws:SourceArn": "arn:aws:kinesisanalytics:us-east-1:111122223333:application/modelyard-flink-aggregation"
    }


def test_metrics_of_requests_have_one_author(with_flink: Any, with_lambda: Any) -> None:
    def namespaces(synthesis: Any, role: str) -> list[str]:
        found = statements(synthesis["foundation"]["Resources"][role]["Properties"])
        (one,) = [one for one in found if one["Action"] == ["cloudwatch:PutMetricData"]]
        conditions: list[str] = one["Condition"]["StringEquals"]["cloudwatch:namespace"]
        return conditions

    assert namespaces(with_lambda, "StreamProcessorRole") == ["modelyard/Requests", "modelyard/Processor"]
    assert namespaces(with_flink, "StreamProcessorRole") == ["modelyard/Processor"]
    assert namespaces(with_flink, "WindowPublisherRole") == ["modelyard/Requests"]
    processor = with_flink["foundation"]["Resources"]["StreamProcessor"]["Properties"]
    assert processor["Environment"]["Variables"]["MODELYARD_AGGREGATES"] == "false"


def test_the_key_encrypts_the_jobs_log(with_flink: Any, with_lambda: Any) -> None:
    def encrypted(synthesis: Any) -> list[str]:
        policy = synthesis.only("foundation", "AWS::KMS::Key")["KeyPolicy"]
        (logs,) = [one for one in policy["Statement"] if "Service" in one["Principal"]]
        found: list[str] = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        return found

    own = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/kinesis-analytics/modelyard-*"
    assert own in encrypted(with_flink)
    assert own not in encrypted(with_lambda)


def watch(synthesis: Any, alarm_watch: Any, alarm: str) -> Any:
    """Watches an alarm of the foundation; what other resources are called is their logical id."""

    def resolved(value: Any) -> Any:
        if isinstance(value, dict):
            return value["Ref"] if set(value) == {"Ref"} else {key: resolved(one) for key, one in value.items()}
        return [resolved(one) for one in value] if isinstance(value, list) else value

    return alarm_watch({alarm: resolved(synthesis.all("foundation", "AWS::CloudWatch::Alarm")[alarm])}, alarm)


def invoked(watched: Any, function: str) -> None:
    watched.publish("AWS/Lambda", "Invocations", {"FunctionName": f"modelyard-flink-{function}"}, [1])


def test_records_without_windows_wake_somebody_after_a_quarter_of_an_hour(with_flink: Any, alarm_watch: Any) -> None:
    watched = watch(with_flink, alarm_watch, "WindowsMissingAlarm")
    for minute in range(120):
        invoked(watched, "stream-processor")
        if not 30 <= minute < 90:
            invoked(watched, "window-publisher")
        watched.pass_minute()
    changes = [change for change in watched.of("WindowsMissingAlarm") if change[0] > 30]
    assert changes == [(45, "ALARM"), (95, "OK")]


@pytest.mark.parametrize("missing_minutes", [0, 10])
def test_windows_that_come_late_wake_nobody(with_flink: Any, alarm_watch: Any, missing_minutes: int) -> None:
    watched = watch(with_flink, alarm_watch, "WindowsMissingAlarm")
    for minute in range(60):
        invoked(watched, "stream-processor")
        if not 30 <= minute < 30 + missing_minutes:
            invoked(watched, "window-publisher")
        watched.pass_minute()
    assert "ALARM" not in [state for _, state in watched.of("WindowsMissingAlarm")]


def test_an_environment_without_requests_is_well(with_flink: Any, alarm_watch: Any) -> None:
    watched = watch(with_flink, alarm_watch, "WindowsMissingAlarm")
    for _ in range(60):
        watched.pass_minute()
    assert "ALARM" not in [state for _, state in watched.of("WindowsMissingAlarm")]


@pytest.mark.parametrize(
    ("metric", "dimensions"),
    [
        ("Errors", {"FunctionName": "modelyard-flink-window-publisher"}),
        ("FailedInvokeEventCount", {"EventSourceMappingUUID": "WindowPublisherMapping"}),
    ],
)
def test_a_publisher_that_goes_on_failing_wakes_somebody(
    with_flink: Any, alarm_watch: Any, metric: str, dimensions: dict[str, str]
) -> None:
    watched = watch(with_flink, alarm_watch, "WindowPublisherErrorsAlarm")
    for minute in range(80):
        watched.publish("AWS/Lambda", metric, dimensions, [1 if 30 <= minute < 50 else 0])
        watched.pass_minute()
    changes = [change for change in watched.of("WindowPublisherErrorsAlarm") if change[0] > 30]
    assert changes == [(40, "ALARM"), (60, "OK")]


def test_each_alarm_says_what_first_and_where_to_read_on(with_flink: Any) -> None:
    sections = set(re.findall(r'<a id="([a-z-]+)"></a>', RUNBOOK.read_text("utf-8")))
    for alarm in with_flink.all("foundation", "AWS::CloudWatch::Alarm").values():
        found = re.fullmatch(r".+\d.*\. First: .+\. Runbook: .*/signals-alarms\.md#(.+)", alarm["AlarmDescription"])
        assert found and found[1] in sections


def test_two_synths_are_the_same_bytes(run_app: Callable[..., Any], with_flink: Any, tmp_path: Path) -> None:
    again = run_app(tmp_path / "again", "flink")
    for name, path in with_flink.files.items():
        assert again.files[name].read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        (None, "needs Flink's Kinesis connector"),
        ("/nowhere/some.jar", "MODELYARD_FLINK_CONNECTOR names /nowhere/some.jar, which is no file called"),
    ],
)
def test_a_missing_connector_is_one_sentence(tmp_path: Path, named: str | None, sentence: str) -> None:
    context = json.dumps({"environment": "flink", "catalog": str(CATALOG)})
    surroundings = {**os.environ, "CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(tmp_path)}
    surroundings.pop("MODELYARD_FLINK_CONNECTOR", None)
    if named is None and (ROOT / "flink" / "lib").exists():
        pytest.skip("the connector is there")
    surroundings |= {} if named is None else {"MODELYARD_FLINK_CONNECTOR": named}
    run = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=surroundings, capture_output=True, text=True)
    assert run.returncode == 1
    (line,) = [line for line in run.stderr.splitlines() if "connector" in line.lower()]
    assert sentence in line
    assert "Traceback" not in run.stderr


def test_a_connector_of_another_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = tmp_path / "flink-sql-connector-aws-kinesis-streams-0-1.20.jar"
    connector.write_bytes(b"a jar")
    monkeypatch.setenv("MODELYARD_FLINK_CONNECTOR", str(connector))
    monkeypatch.delenv("MODELYARD_FLINK_CONNECTOR_SHA256", raising=False)
    with pytest.raises(BundlingFailed, match="nobody has stated the SHA-256"):
        found_connector(tmp_path)
    stated = tmp_path / "flink" / "connector.sha256"
    stated.parent.mkdir()
    stated.write_text(f"{hashlib.sha256(b'a jar').hexdigest()}  {connector.name}\n")
    assert found_connector(tmp_path) == connector
    connector.write_bytes(b"another jar")
    with pytest.raises(BundlingFailed, match=r"and [0-9a-f]{64} is stated \(flink/connector.sha256"):
        found_connector(tmp_path)
