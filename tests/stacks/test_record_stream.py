"""The record stream exists where an environment asks for it, encrypted, and every endpoint's records reach it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "tests" / "catalogs" / "four-kinds"
ENTRIES = ["chat", "chat-neuron", "summaries", "answers", "shelf"]
KEY = {"Fn::GetAtt": ["Key", "Arn"]}
STREAM = {"Fn::GetAtt": ["RecordStream", "Arn"]}
NAMED_STREAM = "arn:aws:kinesis:us-east-1:111122223333:stream/modelyard-signals-records"
Synthesise = Callable[[str], Any]


@pytest.fixture(scope="module")
def with_signals(synthesised: Synthesise) -> Any:
    return synthesised("signals")


def test_without_the_key_nothing_of_it_is_deployed(local: Any) -> None:
    types = {resource["Type"] for _, _, resource in local.resources()}
    assert not types & {"AWS::Kinesis::Stream", "AWS::Logs::SubscriptionFilter"}
    assert "MODELYARD_REQUEST_RECORDS" not in "".join(path.read_text("utf-8") for path in local.files.values())


def test_the_stream_grows_by_itself_and_is_encrypted_with_the_environments_key(with_signals: Any) -> None:
    stream = with_signals.only("foundation", "AWS::Kinesis::Stream")
    assert stream["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert "ShardCount" not in stream
    assert stream["RetentionPeriodHours"] == 24
    assert stream["StreamEncryption"] == {"EncryptionType": "KMS", "KeyId": KEY}


def test_a_stated_number_of_shards_and_a_retention_are_deployed(
    run_app: Callable[..., Any], tmp_path: Path, copied_catalog: Callable[[str], Path]
) -> None:
    catalog = copied_catalog("signals: {stream: {shards: 4}, stream_retention_hours: 72}")
    stream = run_app(tmp_path / "out", "signals", catalog=catalog).only("foundation", "AWS::Kinesis::Stream")
    assert (stream["StreamModeDetails"], stream["ShardCount"]) == ({"StreamMode": "PROVISIONED"}, 4)
    assert stream["RetentionPeriodHours"] == 72


@pytest.fixture
def copied_catalog(tmp_path: Path) -> Callable[[str], Path]:
    """The catalog of all kinds with another `signals:` in its environment."""

    def copied(signals: str) -> Path:
        folder = tmp_path / "catalog"
        for path in CATALOG.rglob("*.yaml"):
            copy = folder / path.relative_to(CATALOG)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(re.sub(r"^signals: .*$", signals, path.read_text("utf-8"), flags=re.M), "utf-8")
        return folder

    return copied


def test_cloudwatch_logs_may_put_records_into_this_stream_and_nothing_else(with_signals: Any) -> None:
    role = with_signals["foundation"]["Resources"]["RecordStreamDeliveryRole"]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "logs.amazonaws.com"}
    assert trust["Condition"] == {"StringLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:111122223333:*"}}
    (policy,) = role["Policies"]
    put, encrypt = policy["PolicyDocument"]["Statement"]
    assert (put["Action"], put["Resource"]) == (["kinesis:PutRecord", "kinesis:PutRecords"], [STREAM])
    assert encrypt["Action"] == ["kms:GenerateDataKey"]
    assert encrypt["Condition"]["StringLike"]["kms:EncryptionContext:aws:kinesis:arn"] == [STREAM]


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_endpoints_records_go_to_the_stream_without_a_hot_shard(with_signals: Any, entry: str) -> None:
    subscription = with_signals.only(entry, "AWS::Logs::SubscriptionFilter")
    assert subscription == {
        "LogGroupName": {"Ref": "LogGroup"},
        "FilterPattern": '{ $.record = "modelyard.request/1" }',
        "DestinationArn": NAMED_STREAM,
        "RoleArn": "arn:aws:iam::111122223333:role/modelyard-signals-records-us-east-1",
        "Distribution": "Random",
    }
    foundation = with_signals["foundation"]["Resources"]
    assert foundation["RecordStream"]["Properties"]["Name"] == NAMED_STREAM.partition("/")[2]
    assert foundation["RecordStreamDeliveryRole"]["Properties"]["RoleName"] == "modelyard-signals-records-us-east-1"


def test_the_pattern_is_what_the_records_schema_says() -> None:
    from modelyard_constructs.record_subscription import RECORD_VERSION

    schema = json.loads((ROOT / "lambdas/shared/request_record.schema.json").read_text("utf-8"))
    assert schema["properties"]["record"]["const"] == RECORD_VERSION


@pytest.mark.parametrize("entry", ENTRIES)
def test_containers_are_told_to_write_records_and_in_whose_name(with_signals: Any, local: Any, entry: str) -> None:
    container = with_signals.only(entry, "AWS::SageMaker::Model")["PrimaryContainer"]
    told = {name: value for name, value in container["Environment"].items() if name.startswith("MODELYARD_")}
    before = local.only(entry, "AWS::SageMaker::Model")["PrimaryContainer"]["Environment"]
    added = {name: value for name, value in told.items() if name not in before}
    assert added["MODELYARD_REQUEST_RECORDS"] == "true"
    assert (added["MODELYARD_ENDPOINT"], added["MODELYARD_VARIANT"]) == (f"signals-{entry}", "AllTraffic")
    # SageMaker says which of several models is meant with each request.
    assert ("MODELYARD_MODEL" in added) == (entry != "shelf")


@pytest.fixture(scope="module")
def putting(run_app: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Templates of an environment whose containers put records into the stream themselves."""
    folder = tmp_path_factory.mktemp("putting")
    for path in CATALOG.rglob("*.yaml"):
        copy = folder / "catalog" / path.relative_to(CATALOG)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(
            path.read_text("utf-8").replace("{stream: on-demand", "{delivery: put-records, stream: on-demand")
        )
    return run_app(folder / "out", "signals", catalog=folder / "catalog")


@pytest.mark.parametrize("entry", ["answers", "shelf"])
def test_containers_that_put_records_are_told_where_and_may_do_nothing_else_with_the_stream(
    putting: Any, with_signals: Any, entry: str
) -> None:
    stream = NAMED_STREAM
    told = putting.only(entry, "AWS::SageMaker::Model")["PrimaryContainer"]["Environment"]
    before = with_signals.only(entry, "AWS::SageMaker::Model")["PrimaryContainer"]["Environment"]
    assert told == {**before, "MODELYARD_RECORD_STREAM_ARN": stream}
    # Where they log records, too: those that put them go on until others have taken over.
    assert policies(putting, entry) == policies(with_signals, entry)
    (policy,) = [one for one in policies(putting, entry) if one["PolicyName"] == "records"]
    assert policy["PolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Action": ["kinesis:PutRecords"], "Resource": [stream]},
        {
            "Effect": "Allow",
            "Action": ["kms:GenerateDataKey"],
            "Resource": ["arn:aws:kms:us-east-1:*:key/*"],
            "Condition": {
                "StringLike": {
                    "kms:ViaService": "kinesis.us-east-1.*",
                    "kms:EncryptionContext:aws:kinesis:arn": [stream],
                }
            },
        },
    ]


@pytest.mark.parametrize("entry", ["chat", "chat-neuron", "summaries"])
def test_an_image_that_writes_no_records_is_granted_nothing(putting: Any, with_signals: Any, entry: str) -> None:
    assert putting[entry] == with_signals[entry]


def policies(templates: Any, entry: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = templates.only(entry, "AWS::IAM::Role")["Policies"]
    return found
