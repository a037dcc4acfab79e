"""What was switched off comes back with what it held: signals, and a foundation that was destroyed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

SIGNALS = {"signals": {"stream": {"shards": 1}}}
OBJECT = "requests/date=2026-11-01/hour=00/a.parquet"


@pytest.fixture(scope="module")
def company(new_company: Callable[..., Any]) -> Any:
    made = new_company("talk")
    made.write_environment(**SIGNALS)
    made.deploy("foundation")
    made.stage()
    made.deploy()
    return made


def ask(company: Any) -> Any:
    answer = company.aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName="talk", ContentType="application/json", Body=b"{}"
    )
    return json.loads(answer["Body"].read())["model"]


@pytest.mark.timeout(1200)
def test_signals_go_and_come_back_with_what_was_recorded(company: Any) -> None:
    s3, kinesis = company.aws.client("s3"), company.aws.client("kinesis")
    bucket = company.published("signals-bucket")
    s3.put_object(Bucket=bucket, Key=OBJECT, Body=b"rows")
    stream = kinesis.list_streams()["StreamNames"]
    assert stream == ["modelyard-local-records"]
    company.write_environment()
    company.deploy()
    assert kinesis.list_streams()["StreamNames"] == []
    company.write_environment(**SIGNALS)
    company.deploy()
    assert kinesis.list_streams()["StreamNames"] == stream
    assert company.published("signals-bucket") == bucket
    assert s3.get_object(Bucket=bucket, Key=OBJECT)["Body"].read() == b"rows"
    assert ask(company) == ["model.bin"]


@pytest.mark.timeout(1200)
def test_a_foundation_goes_only_when_it_is_said_twice_and_comes_back_with_its_buckets(company: Any) -> None:
    s3 = company.aws.client("s3")
    bucket, former = company.published("artifacts-bucket"), company.published("key-arn")
    refused = company.cdk("destroy", "foundation")
    assert refused.returncode == 1
    assert "modelyard cdk destroy -c environment=local talk" in refused.stderr
    assert ask(company) == ["model.bin"]
    assert company.cdk("destroy", "talk").returncode == 0
    refused = company.cdk("destroy", "foundation")
    assert refused.returncode == 1
    assert "deploy it with termination_protection: false" in refused.stderr
    company.write_environment(termination_protection=False)
    company.deploy("foundation")
    done = company.cdk("destroy", "foundation")
    assert done.returncode == 0, done.stdout + done.stderr
    assert s3.head_object(Bucket=bucket, Key="talk/tiny-open/model.bin")["SSEKMSKeyId"] == former
    # The weights lie under the key of a stack that is gone, and the endpoint loads them all the same.
    company.deploy()
    assert ask(company) == ["model.bin"]
    assert company.published("artifacts-bucket") == bucket
    company.stage()
    now = company.published("key-arn")
    assert s3.head_object(Bucket=bucket, Key="talk/tiny-open/model.bin")["SSEKMSKeyId"] == now
