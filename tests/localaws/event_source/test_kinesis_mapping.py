"""A mapping takes an answer as AWS documents it: what failed comes again, and what never works is given up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

# Fails for `never` always and for `once` the first time; tells S3 which batches it saw.
FUNCTION = """
import base64, json, os, boto3
seen = set()
def handler(event, context):
    texts = [base64.b64decode(one["kinesis"]["data"]).decode() for one in event["Records"]]
    boto3.client("s3").put_object(
        Bucket=os.environ["BUCKET"], Key=f"batches/{len(seen)}-{os.urandom(4).hex()}", Body=json.dumps(texts).encode())
    for text, one in zip(texts, event["Records"]):
        if text == "never":
            raise RuntimeError("this one never works")
        if text == "once" and text not in seen:
            seen.add(text)
            return {"batchItemFailures": [{"itemIdentifier": one["kinesis"]["sequenceNumber"]}]}
    return {"batchItemFailures": []}
"""


@pytest.fixture
def aws(start_embedded_aws: Any) -> Any:
    """An embedded AWS in which a minute takes two seconds."""
    return start_embedded_aws("--clock-factor", "30")


@pytest.fixture
def run(aws: Any) -> Callable[..., list[str]]:
    """Puts texts into a stream that a function reads; returns the objects of its bucket when `until` is among them."""

    def run_one(texts: list[str], *, until: Callable[[list[str]], bool], granted: bool = True) -> list[str]:
        s3, kinesis = aws.client("s3"), aws.client("kinesis")
        s3.create_bucket(Bucket="mapping-results")
        kinesis.create_stream(StreamName="records", ShardCount=1)
        arn = kinesis.describe_stream_summary(StreamName="records")["StreamDescriptionSummary"]["StreamARN"]
        kinesis.put_records(StreamARN=arn, Records=[{"Data": text.encode(), "PartitionKey": "p"} for text in texts])
        make_function(aws, arn, granted=granted)
        deadline = time.monotonic() + (30 if granted else 5)
        while True:
            listed = [found["Key"] for found in s3.list_objects_v2(Bucket="mapping-results").get("Contents", [])]
            if until(listed):
                return [s3.get_object(Bucket="mapping-results", Key=key)["Body"].read().decode() for key in listed]
            assert time.monotonic() < deadline, listed
            time.sleep(0.2)

    return run_one


def make_function(aws: Any, stream: str, *, granted: bool) -> None:
    actions = ["s3:*", "kinesis:*"] if granted else ["s3:*"]
    variables = {"BUCKET": "mapping-results"}
    aws.create_function("reader", FUNCTION, {"Action": actions, "Resource": "*"}, Environment={"Variables": variables})
    aws.client("lambda").create_event_source_mapping(
        FunctionName="reader",
        EventSourceArn=stream,
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
        MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::mapping-results"}},
    )


def batches(objects: list[str]) -> list[list[str]]:
    return sorted(json.loads(one) for one in objects if one.startswith("["))


def test_a_batch_comes_again_from_the_record_that_failed(run: Callable[..., list[str]]) -> None:
    objects = run(["a", "b", "once", "c"], until=lambda keys: len(keys) == 2)
    assert batches(objects) == [["a", "b", "once", "c"], ["once", "c"]]


def test_a_record_that_never_works_ends_in_the_bucket_and_all_others_are_processed(
    run: Callable[..., list[str]],
) -> None:
    objects = run(["a", "never", "b"], until=lambda keys: any(key.startswith("aws/lambda/") for key in keys))
    (given_up,) = (json.loads(one) for one in objects if one.startswith("{"))
    assert given_up["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert len(json.loads(given_up["payload"])["Records"]) == 1
    # Halved twice; the last record is tried as often as the mapping says, and the one behind it only then.
    assert batches(objects)[:4] == [["a"], ["a", "never", "b"], ["never"], ["never"]]


def test_a_role_that_may_not_read_the_stream_reads_nothing(run: Callable[..., list[str]]) -> None:
    with pytest.raises(AssertionError, match=r"\[\]"):
        run(["a"], until=lambda keys: bool(keys), granted=False)


def test_cloudwatch_counts_what_ran_and_what_failed_and_knows_how_old_the_records_were(
    aws: Any, run: Callable[..., list[str]]
) -> None:
    # By now the clock is two minutes ahead of the real time that Kinesis stamps records with.
    time.sleep(4)
    run(["a", "never", "b"], until=lambda keys: any(key.startswith("aws/lambda/") for key in keys))

    def published(name: str, statistic: str) -> float:
        now = datetime.now(UTC)
        (point,) = aws.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=name,
            Dimensions=[{"Name": "FunctionName", "Value": "reader"}],
            StartTime=now - timedelta(days=2),
            EndTime=now + timedelta(days=2),
            Period=86_400 * 7,
            Statistics=[statistic],
        )["Datapoints"]
        return float(point[statistic])

    # As a whole, halved, and the last record once more; the first record alone succeeds in between.
    assert published("Invocations", "Sum") >= 4
    assert 3 <= published("Errors", "Sum") < published("Invocations", "Sum")
    assert published("IteratorAge", "Minimum") < 60_000
