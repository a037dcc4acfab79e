"""An invoked endpoint with capture, deployed by the real CDK CLI: people find the pair, redacted, and nothing else."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[2]
FOUR_KINDS = ROOT / "tests" / "catalogs" / "four-kinds"
ENTRY = """\
kind: real-time
team: beta
model: tiny-open
serving: {engine: custom, image: tiny:1, instance: ml.m5.xlarge}
scaling: {instances: {min: 1, max: 1}}
capture: {sample_percent: 100, keep_days: 7, redact: true}
"""
PREFIX = "keep-7-days/talk/AllTraffic/"
ASKED = {"messages": [{"role": "user", "content": "write to jo@example.com or +49 30 901820"}]}
SECONDS = 60


@pytest.fixture(scope="module")
def aws(start_own: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An embedded AWS with the foundation and one endpoint."""
    started = start_own()
    folder = tmp_path_factory.mktemp("cdk")
    catalog = folder / "catalog"
    for part in ("models/tiny-open.yaml", "environments/local.yaml", "organisation.yaml"):
        (catalog / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FOUR_KINDS / part, catalog / part)
    with (catalog / "environments" / "local.yaml").open("a") as file:
        file.write("signals: {stream: {shards: 1}}\n")
    (catalog / "endpoints").mkdir()
    (catalog / "endpoints" / "talk.yaml").write_text(ENTRY)

    cdk = partial(started.cdk_succeeds, folder=folder, catalog=catalog)
    cdk("bootstrap", "aws://000000000000/us-east-1")
    cdk("deploy", "foundation", "--exclusively", "--require-approval", "never")
    artifacts = started.client("ssm").get_parameter(Name="/modelyard/local/artifacts-bucket")["Parameter"]["Value"]
    started.client("s3").put_object(Bucket=artifacts, Key="talk/tiny-open/weights", Body=b"none")
    cdk("deploy", "talk", "--exclusively", "--require-approval", "never")
    return started


@pytest.fixture(scope="module")
def bucket(aws: Any) -> str:
    return str(aws.client("ssm").get_parameter(Name="/modelyard/local/capture-bucket")["Parameter"]["Value"])


def keys(aws: Any, bucket: str, prefix: str) -> list[str]:
    listed = aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [found["Key"] for found in listed.get("Contents", [])]


def wait_for(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.25)
    return found


@pytest.fixture(scope="module")
def records(aws: Any, bucket: str) -> list[dict[str, Any]]:
    """What people find after three requests."""
    runtime = aws.client("sagemaker-runtime")
    for number in range(3):
        runtime.invoke_endpoint(
            EndpointName="talk",
            ContentType="application/json",
            Body=json.dumps(ASKED).encode(),
            InferenceId=f"order-{number}",
        )
    s3 = aws.client("s3")

    def found() -> list[dict[str, Any]]:
        bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys(aws, bucket, PREFIX)]
        return [json.loads(line) for body in bodies for line in body.splitlines()]

    return list(wait_for(lambda: len(every := found()) >= 3 and every))


def test_every_request_is_one_pair_without_personal_data(records: list[dict[str, Any]]) -> None:
    assert {record["inference_id"] for record in records} == {"order-0", "order-1", "order-2"}
    assert len(records) == 3
    for record in records:
        assert (record["endpoint"], record["variant"], record["redacted"]) == ("talk", "AllTraffic", True)
        assert record["input"]["body"] == {"messages": [{"role": "user", "content": "write to [email] or [phone]"}]}
        # The container that stands in echoes what it is asked.
        assert record["output"]["body"]["echo"] == record["input"]["body"]
        assert record["replaced"] == {"email": 2, "phone": 2}
        assert record["input_characters"] == len(ASKED["messages"][0]["content"])


def test_the_copy_lies_where_the_stack_says(aws: Any, bucket: str, records: list[dict[str, Any]]) -> None:
    (stack,) = aws.client("cloudformation").describe_stacks(StackName="modelyard-local-talk")["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs["CapturePrefix"] == f"s3://{bucket}/{PREFIX}"


def test_a_role_that_may_read_the_whole_bucket_reads_copies_and_nothing_raw(
    aws: Any, bucket: str, records: list[dict[str, Any]]
) -> None:
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="Reader", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="Reader", PolicyName="all", PolicyDocument=document)
    session = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="curious")["Credentials"]
    s3 = aws.client("s3", credentials=session)
    assert s3.get_object(Bucket=bucket, Key=keys(aws, bucket, PREFIX)[0])["Body"].read()
    (raw, *_) = keys(aws, bucket, f"raw/redact/{PREFIX}")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket=bucket, Key=raw)


def test_cloudwatch_counts_the_events_and_the_baseline_holds_them(
    aws: Any, bucket: str, records: list[dict[str, Any]]
) -> None:
    def counted() -> float:
        points = aws.client("cloudwatch").get_metric_statistics(
            Namespace="modelyard/Capture",
            MetricName="Events",
            Dimensions=[{"Name": "EndpointName", "Value": "talk"}, {"Name": "VariantName", "Value": "AllTraffic"}],
            StartTime=datetime.now(UTC) - timedelta(hours=1),
            EndTime=datetime.now(UTC) + timedelta(hours=1),
            Period=7200,
            Statistics=["Sum"],
        )["Datapoints"]
        return float(sum(point["Sum"] for point in points))

    assert wait_for(lambda: counted() == 3)
    drift = json.loads(aws.client("s3").get_object(Bucket=bucket, Key="drift/talk/AllTraffic.json")["Body"].read())
    assert (drift["baseline"]["records"], drift["window"]["records"]) == (3, 0)


def test_what_cannot_be_processed_ends_in_the_queue_of_failures(aws: Any, bucket: str) -> None:
    """A baseline that is no JSON fails every attempt; the raw file's key is kept for whoever mends it."""
    s3 = aws.client("s3")
    s3.put_object(Bucket=bucket, Key="drift/other/AllTraffic.json", Body=b"no json")
    line = {
        "captureData": {"endpointInput": {"observedContentType": "text/csv", "data": "1,2", "encoding": "CSV"}},
        "eventMetadata": {"eventId": "e1"},
    }
    key = "raw/as-is/keep-1-days/other/AllTraffic/2026/11/21/07/one.jsonl"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(line).encode())
    sqs = aws.client("sqs")
    queue = sqs.get_queue_url(QueueName="modelyard-local-capture-failures")["QueueUrl"]
    (message,) = wait_for(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
    assert key in message["Body"]
    assert "Expecting value" in message["Body"]
