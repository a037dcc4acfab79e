"""The stream processor as the stacks deploy it, run by embedded AWS under its own role: from stream to table."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from modelyard_constructs.request_columns import once_sql

ROOT = Path(__file__).parents[3]
# Two hours ago, so that no record is ahead of the clock and both hours of the table are whole.
GROUP = "/aws/sagemaker/Endpoints/support-chat"
BEFORE = datetime.now(UTC).replace(minute=30, second=0, microsecond=0) - timedelta(hours=2)


def record(number: int, *, ended: datetime = BEFORE, **fields: Any) -> dict[str, Any]:
    """The record of one request."""
    return {
        "record": "modelyard.request/1",
        "record_id": uuid.UUID(int=number).hex,
        "time": f"{ended:%Y-%m-%dT%H:%M:%S}.{number % 1000:03d}Z",
        "endpoint": "support-chat",
        "variant": "AllTraffic",
        "model": "llama-3.1-8b-instruct",
        "engine": "vllm",
        "request_id": None,
        "inference_id": None,
        "team": "support",
        "adapter": None,
        "status": 200,
        "streamed": True,
        "queue_ms": 1.5,
        "time_to_first_token_ms": float(number + 1),
        "time_per_output_token_ms": 20.25,
        "latency_ms": 1000.0,
        "input_tokens": 100,
        "output_tokens": 10,
        "cached_input_tokens": None,
        "stop_reason": "stop",
        "dropped_before": 0,
        **fields,
    }


def envelope(*lines: str) -> bytes:
    """Lines as CloudWatch Logs hands them to a stream."""
    events = [{"id": str(place), "timestamp": 0, "message": line} for place, line in enumerate(lines)]
    return gzip.compress(json.dumps({"messageType": "DATA_MESSAGE", "logGroup": GROUP, "logEvents": events}).encode())


@pytest.fixture(scope="module")
def foundation(start_own: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """The foundation of an environment with signals, deployed to an embedded AWS whose minutes take two seconds."""
    aws = start_own("--clock-factor", "30")
    catalog = tmp_path_factory.mktemp("catalog")
    shutil.copytree(ROOT / "tests" / "catalogs" / "four-kinds", catalog, dirs_exist_ok=True)
    with (catalog / "environments" / "local.yaml").open("a") as file:
        file.write("signals: {stream: {shards: 1}}\n")
    out = tmp_path_factory.mktemp("out")
    context = json.dumps({"environment": "local", "catalog": str(catalog)})
    subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, "CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(out)},
        check=True,
        timeout=120,
    )
    # What the CDK CLI's bootstrap and its upload of assets leave.
    bucket = f"cdk-hnb659fds-assets-{aws.account}-{aws.region}"
    aws.client("s3").create_bucket(Bucket=bucket)
    for asset in out.glob("asset.*.zip"):
        aws.client("s3").upload_file(str(asset), bucket, asset.name.removeprefix("asset."))
    aws.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    template = json.loads((out / "foundation.template.json").read_text())
    stack = aws.deploy("modelyard-local-foundation", template, Capabilities=["CAPABILITY_NAMED_IAM"])
    assert stack["StackStatus"] == "CREATE_COMPLETE", aws.failures(stack["StackId"])
    return lambda service: aws.client(service)


@pytest.fixture(scope="module")
def bucket(foundation: Callable[[str], Any]) -> str:
    name = foundation("ssm").get_parameter(Name="/modelyard/local/signals-bucket")["Parameter"]["Value"]
    return str(name)


def objects(foundation: Callable[[str], Any], bucket: str, prefix: str) -> list[str]:
    listed = foundation("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [found["Key"] for found in listed.get("Contents", [])]


def wait_for(look: Callable[[], Any], *, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.25)
    return found


@pytest.fixture(scope="module")
def processed(foundation: Callable[[str], Any], bucket: str) -> int:
    """101 requests of two hours with many sent twice, a control message, poison, and bare lines of no endpoint."""
    stream = foundation("ssm").get_parameter(Name="/modelyard/local/record-stream-arn")["Parameter"]["Value"]
    lines = [json.dumps(record(number, ended=BEFORE + timedelta(hours=number % 2))) for number in range(100)]
    data = [envelope(*lines[:60], "no record", *lines[:50]), envelope(*lines[60:]), envelope(lines[0])]
    data += [gzip.compress(b'{"messageType": "CONTROL_MESSAGE"}'), b"\x1f\x8bbroken"]
    data.append(envelope(json.dumps(record(100, status=503, output_tokens=None))))
    # Nobody vouches for it, and the account has no such endpoint, as the function is told under its own role.
    data.append(json.dumps(record(101, endpoint="invented")).encode())
    foundation("kinesis").put_records(
        StreamARN=stream, Records=[{"Data": one, "PartitionKey": str(place)} for place, one in enumerate(data)]
    )
    wait_for(lambda: objects(foundation, bucket, "poison/") and objects(foundation, bucket, "requests/"))
    wait_for(lambda: statistic(foundation, "Requests", ["Sum"]))
    return 101


def statistic(foundation: Callable[[str], Any], name: str, statistics: list[str], **more: Any) -> Any:
    dimensions = [{"Name": "EndpointName", "Value": "support-chat"}, {"Name": "VariantName", "Value": "AllTraffic"}]
    found = foundation("cloudwatch").get_metric_statistics(
        Namespace=more.pop("namespace", "modelyard/Requests"),
        MetricName=name,
        Dimensions=more.pop("dimensions", dimensions),
        StartTime=BEFORE - timedelta(hours=1),
        EndTime=BEFORE + timedelta(days=1),
        Period=86_400 * 2,
        **({"ExtendedStatistics": statistics} if statistics[0].startswith("p") else {"Statistics": statistics}),
    )["Datapoints"]
    return found[0] if found else None


def test_every_request_is_in_the_table_once_in_the_hour_in_which_it_ended(
    foundation: Callable[[str], Any], bucket: str, processed: int, tmp_path: Path
) -> None:
    for key in objects(foundation, bucket, "requests/"):
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        foundation("s3").download_file(bucket, key, str(tmp_path / key))
    files = f"read_parquet('{tmp_path}/requests/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)"
    rows = duckdb.sql(f"SELECT record_id, time, date, hour FROM ({once_sql(files)})").fetchall()
    assert sorted(row[0] for row in rows) == [uuid.UUID(int=number).hex for number in range(processed)]
    assert {(f"{ended:%Y-%m-%d}", f"{ended:%H}") for _, ended, _, _ in rows} == {(row[2], row[3]) for row in rows}
    assert len({row[3] for row in rows}) == 2


def test_poison_is_kept_with_its_reason_and_in_nobodys_way(
    foundation: Callable[[str], Any], bucket: str, processed: int
) -> None:
    (key,) = objects(foundation, bucket, "poison/")
    kept = foundation("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode().splitlines()
    reasons = [json.loads(line)["reason"] for line in kept]
    assert reasons == [
        "it is not JSON",
        "it is gzip, but not around a JSON object",
        "endpoint is none of this account",
    ]


def test_cloudwatch_knows_exact_sums_and_percentiles(foundation: Callable[[str], Any], processed: int) -> None:
    assert statistic(foundation, "Requests", ["Sum"])["Sum"] == processed
    assert statistic(foundation, "Errors", ["Sum"])["Sum"] == 1
    assert statistic(foundation, "InputTokens", ["Sum"])["Sum"] == 100 * processed
    assert statistic(foundation, "OutputTokens", ["Sum"])["Sum"] == 10 * (processed - 1)
    median = statistic(foundation, "TimeToFirstToken", ["p50"])["ExtendedStatistics"]["p50"]
    assert median == pytest.approx(51, rel=0.02)


def test_the_processor_tells_what_it_read(foundation: Callable[[str], Any], processed: int) -> None:
    def counted(name: str) -> Any:
        dimensions = [{"Name": "EnvironmentName", "Value": "local"}]
        found = statistic(foundation, name, ["Sum"], namespace="modelyard/Processor", dimensions=dimensions)
        return found and found["Sum"]

    wait_for(lambda: counted("RecordsRead"))
    assert {name: counted(f"Records{name}") for name in ("Read", "Poison", "Duplicate")} == {
        "Read": processed + 51 + 3,
        "Poison": 3,
        "Duplicate": 51,
    }


def test_firehose_takes_no_more_than_five_hundred_lines_out_of_a_record(
    foundation: Callable[[str], Any], bucket: str, processed: int
) -> None:
    lines = b"".join(json.dumps(record(10_000 + number)).encode() + b"\n" for number in range(501))
    foundation("firehose").put_record(DeliveryStreamName="modelyard-local-requests", Record={"Data": lines})
    (key,) = wait_for(lambda: objects(foundation, bucket, "errors/"))
    assert key.startswith("errors/processing-failed/")
    told = json.loads(foundation("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    assert told["ErrorMessage"] == "The record holds more than 500 objects."


def test_lambda_tells_how_old_records_are_and_what_is_answered_with_failures(
    foundation: Callable[[str], Any], processed: int
) -> None:
    name = "modelyard-local-stream-processor"
    (mapping,) = foundation("lambda").list_event_source_mappings(FunctionName=name)["EventSourceMappings"]

    def published(metric: str, dimension: str, value: str) -> Any:
        dimensions = [{"Name": dimension, "Value": value}]
        return statistic(foundation, metric, ["Maximum"], namespace="AWS/Lambda", dimensions=dimensions)

    assert published("IteratorAge", "FunctionName", name)["Maximum"] >= 0
    assert published("FailedInvokeEventCount", "EventSourceMappingUUID", mapping["UUID"]) is None
    # Nobody takes the records any more: the function does not fail, it answers what must come again.
    foundation("firehose").delete_delivery_stream(DeliveryStreamName="modelyard-local-requests")
    stream = foundation("ssm").get_parameter(Name="/modelyard/local/record-stream-arn")["Parameter"]["Value"]
    foundation("kinesis").put_record(StreamARN=stream, Data=envelope(json.dumps(record(500))), PartitionKey="0")
    wait_for(lambda: published("FailedInvokeEventCount", "EventSourceMappingUUID", mapping["UUID"]))
