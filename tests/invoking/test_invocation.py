"""Asking endpoints: what is sent for each kind, and what becomes of an asynchronous answer in a real S3."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from modelyard.catalog.entry import Entry
from modelyard.catalog.loader import load
from modelyard.invoking.invocation import Caller, Question
from modelyard.shell.failure import Failure

Clients = Callable[[str], Any]

ANSWER = json.dumps(
    {
        "choices": [{"message": {"content": "Paris."}}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 3},
    }
).encode()


class Runtime:
    """Takes invocations and answers each with the same body; asynchronous ones by writing to the bucket."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self.sent: list[dict[str, Any]] = []
        self._s3 = s3
        self._bucket = bucket
        self.async_key = "out/answer.out"
        self.async_body: bytes | None = ANSWER

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        self.sent.append(request)
        return {"Body": io.BytesIO(ANSWER)}

    def invoke_endpoint_async(self, **request: Any) -> dict[str, Any]:
        self.sent.append(request)
        if self.async_body is not None:
            self._s3.put_object(Bucket=self._bucket, Key=self.async_key, Body=self.async_body)
        return {
            "OutputLocation": f"s3://{self._bucket}/out/answer.out",
            "FailureLocation": f"s3://{self._bucket}/failure/answer.out",
        }


@pytest.fixture
def entries(catalog: Any) -> dict[str, Entry]:
    return load(catalog.folder, catalog.environment).entries


@pytest.fixture
def runtime(aws: Clients, bucket: str) -> Runtime:
    return Runtime(aws("s3"), bucket)


@pytest.fixture
def caller(aws: Clients, bucket: str, runtime: Runtime) -> Caller:
    return Caller(runtime=runtime, s3=aws("s3"), async_bucket=bucket, async_timeout_seconds=0.5)


QUESTION = Question(prompt="What is the capital of France?")


def test_a_multi_model_endpoint_is_asked_for_one_of_its_models(
    caller: Caller, runtime: Runtime, entries: dict[str, Entry]
) -> None:
    assert caller.ask(entries["many"], QUESTION, model="other").text == "Paris."
    assert runtime.sent[0]["TargetModel"] == "other.tar.gz"


def test_a_model_that_an_endpoint_does_not_serve_is_refused(caller: Caller, entries: dict[str, Entry]) -> None:
    with pytest.raises(Failure, match="endpoint many does not serve bigger: it serves small, other"):
        caller.ask(entries["many"], QUESTION, model="bigger")


def test_an_asynchronous_request_goes_through_s3_and_its_answer_comes_from_there(
    caller: Caller, runtime: Runtime, aws: Clients, bucket: str, entries: dict[str, Entry]
) -> None:
    answer = caller.ask(entries["batch"], QUESTION)
    assert answer.text == "Paris."
    assert answer.result_uri == f"s3://{bucket}/out/answer.out"
    where = runtime.sent[0]["InputLocation"].removeprefix(f"s3://{bucket}/")
    assert where.startswith("batch/input/")
    sent = json.loads(aws("s3").get_object(Bucket=bucket, Key=where)["Body"].read())
    assert sent["messages"] == [{"role": "user", "content": "What is the capital of France?"}]


def test_an_asynchronous_failure_is_told_in_the_containers_words(
    caller: Caller, runtime: Runtime, entries: dict[str, Entry]
) -> None:
    runtime.async_key, runtime.async_body = "failure/answer.out", b"the prompt is too long"
    with pytest.raises(Failure, match="endpoint batch failed: the prompt is too long"):
        caller.ask(entries["batch"], QUESTION)


def test_an_asynchronous_answer_that_does_not_come_says_where_it_will_lie(
    caller: Caller, runtime: Runtime, bucket: str, entries: dict[str, Entry]
) -> None:
    runtime.async_body = None
    with pytest.raises(Failure, match=f"no answer of endpoint batch within .* it will lie at s3://{bucket}/out"):
        caller.ask(entries["batch"], QUESTION)


def test_the_request_that_loads_a_model_is_not_the_one_that_is_measured(
    caller: Caller, runtime: Runtime, entries: dict[str, Entry]
) -> None:
    answer = caller.measure(entries["seldom"], QUESTION, model="small")
    assert [json.loads(request["Body"])["max_tokens"] for request in runtime.sent] == [1, 48, 1]
    assert answer.first_token_seconds is not None
    assert not answer.streamed
