"""Where an environment has signals, raw capture is the processor's alone, short-lived, and told to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lambdas.capture_processor.raw_key import RawKey

BUCKET = "modelyard-signals-signals-capture-111122223333-us-east-1"
ARN = f"arn:aws:s3:::{BUCKET}"
RAW = f"{ARN}/raw/*"
PUBLISHED = "modelyard-signals-signals-capture-111122223333-us-east-1"
ROLE = {"Fn::GetAtt": ["CaptureProcessorRole", "Arn"]}


@pytest.fixture(scope="module")
def with_signals(synthesised: Callable[[str], Any]) -> Any:
    return synthesised("signals")


@pytest.fixture(scope="module")
def statements(with_signals: Any) -> dict[str, list[dict[str, Any]]]:
    """What the processor's role may do, by policy."""
    role = with_signals["foundation"]["Resources"]["CaptureProcessorRole"]["Properties"]
    return {policy["PolicyName"]: policy["PolicyDocument"]["Statement"] for policy in role["Policies"]}


def test_without_signals_nothing_of_it_is_deployed(local: Any) -> None:
    bucket = local.all("foundation", "AWS::S3::Bucket")["Capture"]
    assert "NotificationConfiguration" not in bucket
    text = "".join(path.read_text("utf-8") for path in local.files.values())
    assert "CaptureProcessor" not in text and '"raw/redact' not in text and '"raw/as-is' not in text


def test_raw_files_wake_the_processor_and_its_own_files_do_not(with_signals: Any) -> None:
    bucket = with_signals.all("foundation", "AWS::S3::Bucket")["Capture"]
    (told,) = bucket["NotificationConfiguration"]["LambdaConfigurations"]
    assert told["Event"] == "s3:ObjectCreated:*"
    assert told["Function"] == {"Fn::GetAtt": ["CaptureProcessor", "Arn"]}
    rules = {rule["Name"]: rule["Value"] for rule in told["Filter"]["S3Key"]["Rules"]}
    assert rules == {"prefix": "raw/", "suffix": ".jsonl"}
    # S3 refuses the notification before it may invoke the function.
    resource = with_signals["foundation"]["Resources"]["Capture"]
    assert resource["DependsOn"] == ["CaptureProcessorPermission"]
    permission = with_signals["foundation"]["Resources"]["CaptureProcessorPermission"]["Properties"]
    assert (permission["Principal"], permission["SourceAccount"]) == ("s3.amazonaws.com", "111122223333")
    assert permission["SourceArn"] == ARN


def test_raw_files_are_read_by_the_processor_only_and_expire_after_a_day(with_signals: Any) -> None:
    policy = with_signals.all("foundation", "AWS::S3::BucketPolicy")["CapturePolicy"]["PolicyDocument"]
    _, denied = policy["Statement"]
    assert denied == {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": [
            "s3:GetObject",
            "s3:GetObjectTorrent",
            "s3:GetObjectVersion",
            "s3:GetObjectVersionForReplication",
            "s3:GetObjectVersionTorrent",
            "s3:InitiateReplication",
        ],
        "Resource": [RAW],
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": ROLE}},
    }
    bucket = with_signals.all("foundation", "AWS::S3::Bucket")["Capture"]
    days = {rule.get("Prefix"): rule.get("ExpirationInDays") for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert (days["raw/"], days["keep-30-days/"]) == (1, 30)
    assert "drift/" not in days
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_the_processor_reads_raw_files_and_writes_beside_them_and_nothing_else(
    statements: dict[str, list[dict[str, Any]]],
) -> None:
    assert set(statements) == {"logs", "read-raw-capture", "write-copies"}
    granted = [
        (action, statement["Resource"])
        for policy in ("read-raw-capture", "write-copies")
        for statement in statements[policy]
        for action in statement["Action"]
    ]
    copies = [f"{ARN}/keep-*", f"{ARN}/drift/*"]
    assert granted == [
        ("s3:GetObject", [RAW]),
        ("s3:ListBucket", [ARN]),
        ("s3:GetObject", copies),
        ("s3:PutObject", copies),
        ("kms:Decrypt", ["arn:aws:kms:us-east-1:*:key/*"]),
        ("kms:GenerateDataKey", ["arn:aws:kms:us-east-1:*:key/*"]),
        ("cloudwatch:PutMetricData", ["*"]),
        ("sqs:SendMessage", [{"Fn::GetAtt": ["CaptureFailures", "Arn"]}]),
    ]


def test_what_fails_three_times_is_kept_for_two_weeks(with_signals: Any) -> None:
    given_up = with_signals.only("foundation", "AWS::Lambda::EventInvokeConfig")
    assert given_up["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": ["CaptureFailures", "Arn"]}}}
    assert given_up["MaximumRetryAttempts"] == 2
    queue = with_signals.only("foundation", "AWS::SQS::Queue")
    assert (queue["MessageRetentionPeriod"], queue["SqsManagedSseEnabled"]) == (14 * 86_400, True)


def test_an_endpoint_writes_to_the_raw_prefix_and_people_are_told_of_the_copy(with_signals: Any) -> None:
    capture = with_signals.only("chat", "AWS::SageMaker::EndpointConfig")["DataCaptureConfig"]
    assert capture["DestinationS3Uri"] == f"s3://{PUBLISHED}/raw/as-is/keep-30-days"
    role = with_signals.only("chat", "AWS::IAM::Role")
    (policy,) = [one for one in role["Policies"] if one["PolicyName"] == "capture"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    written = f"arn:aws:s3:::{PUBLISHED}/raw/as-is/keep-30-days/signals-chat/*"
    assert statement["Action"] == ["s3:PutObject"]
    assert written in statement["Resource"]
    told = with_signals["chat"]["Outputs"]["CapturePrefix"]["Value"]
    assert told == f"s3://{BUCKET}/keep-30-days/signals-chat/AllTraffic/"
    # What the processor makes of the key that SageMaker chooses is what the output says.
    key = RawKey.of("raw/as-is/keep-30-days/signals-chat/AllTraffic/2026/11/21/07/one.jsonl")
    assert (f"s3://{BUCKET}/{key.copy_key}".startswith(told), key.redact) == (True, False)


def test_redaction_and_how_long_raw_files_stay_are_chosen_in_the_catalog(
    run_app: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "catalog"
    for path in (Path(__file__).parents[1] / "catalogs" / "four-kinds").rglob("*.yaml"):
        copy = folder / path.relative_to(Path(__file__).parents[1] / "catalogs" / "four-kinds")
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text("utf-8").replace("keep_days: 30}", "keep_days: 7, redact: true}")
        copy.write_text(text.replace("{stream: on-demand", "{raw_capture_keep_days: 3, stream: on-demand"), "utf-8")
    written = run_app(tmp_path / "out", "signals", catalog=folder)
    capture = written.only("chat", "AWS::SageMaker::EndpointConfig")["DataCaptureConfig"]
    assert capture["DestinationS3Uri"] == f"s3://{PUBLISHED}/raw/redact/keep-7-days"
    rules = written.all("foundation", "AWS::S3::Bucket")["Capture"]["LifecycleConfiguration"]["Rules"]
    assert [rule["ExpirationInDays"] for rule in rules if rule["Id"] == "raw-capture"] == [3]
    assert RawKey.of("raw/redact/keep-7-days/signals-chat/AllTraffic/2026/11/21/07/one.jsonl").redact
