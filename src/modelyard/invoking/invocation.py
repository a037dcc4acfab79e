"""Asks an endpoint of any kind one question through plain boto3, and measures the answer.

Only real-time endpoints can stream: InvokeEndpointWithResponseStream has no TargetModel, serverless endpoints refuse
it, and an asynchronous answer is an object in S3. For those kinds the times come from two requests, one for a single
token and one for all of them.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from modelyard.catalog.entry import Entry
from modelyard.invoking.chat_answer import Answer, read_chat, read_embedding, read_stream
from modelyard.shell.aws_failure import error_code
from modelyard.shell.failure import Failure

_JSON = "application/json"
_POLL_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, and how long an answer may be."""

    prompt: str
    max_tokens: int = 48

    def body(self, task: str, *, max_tokens: int | None = None, stream: bool = False) -> bytes:
        """The request in OpenAI's form, which vLLM, SGLang, LMI, TGI, llama.cpp and our own server read."""
        if task == "embedding":
            return json.dumps({"input": self.prompt}).encode()
        content: dict[str, object] = {
            "messages": [{"role": "user", "content": self.prompt}],
            "max_tokens": max_tokens or self.max_tokens,
            "temperature": 0,
        }
        if stream:
            content |= {"stream": True, "stream_options": {"include_usage": True}}
        return json.dumps(content).encode()


@dataclass(frozen=True, kw_only=True)
class _Reply:
    """A body that came back, after how long, and where it lies if in S3."""

    body: bytes
    seconds: float
    uri: str | None = None


class Caller:
    """Invokes the endpoints of one environment; `async_bucket` takes the requests of asynchronous ones."""

    def __init__(self, *, runtime: Any, s3: Any, async_bucket: str, async_timeout_seconds: float = 900) -> None:
        self._runtime = runtime
        self._s3 = s3
        self._async_bucket = async_bucket
        self._async_timeout_seconds = async_timeout_seconds

    def ask(
        self,
        entry: Entry,
        question: Question,
        *,
        model: str | None = None,
        on_text: Callable[[str], None] = lambda text: None,
    ) -> Answer:
        """The answer of an endpoint; `model` says which of a multi-model endpoint's, its first if unset."""
        name = model or next(iter(entry.models))
        if name not in entry.models:
            raise Failure(f"endpoint {entry.name} does not serve {name}: it serves {', '.join(entry.models)}")
        task = entry.models[name].task
        if entry.endpoint.kind == "real-time" and task != "embedding":
            return self._stream(entry, question, task, on_text)
        return self.ask_whole(entry, question, model=name)

    def ask_whole(self, entry: Entry, question: Question, *, model: str) -> Answer:
        """The answer in one piece, as kinds that cannot stream give it."""
        task = entry.models[model].task
        reply = self._send(entry, question.body(task), model)
        read = read_embedding if task == "embedding" else read_chat
        return replace(read(reply.body, total_seconds=reply.seconds), result_uri=reply.uri)

    def measure(self, entry: Entry, question: Question, *, model: str) -> Answer:
        """`ask_whole` with the times that a stream would have shown, from another request for one token.

        A request before both is not timed: it is the one that a serverless or multi-model endpoint loads its model for.
        """
        task = entry.models[model].task
        self._send(entry, question.body(task, max_tokens=1), model)
        answer = self.ask_whole(entry, question, model=model)
        if task == "embedding" or not answer.completion_tokens:
            return answer
        one_token = self._send(entry, question.body(task, max_tokens=1), model).seconds
        more = answer.completion_tokens - 1
        per_token = (answer.total_seconds - one_token) / more if more and answer.total_seconds > one_token else None
        return replace(answer, first_token_seconds=one_token, seconds_per_token=per_token)

    def _stream(self, entry: Entry, question: Question, task: str, on_text: Callable[[str], None]) -> Answer:
        began = time.perf_counter()
        response = self._runtime.invoke_endpoint_with_response_stream(
            EndpointName=entry.endpoint_name, ContentType=_JSON, Body=question.body(task, stream=True)
        )
        return read_stream(portions(response["Body"]), began=began, on_text=on_text)

    def _send(self, entry: Entry, body: bytes, model: str) -> _Reply:
        began = time.perf_counter()
        if entry.endpoint.kind == "async":
            return self._through_s3(entry, body, began)
        target = {"TargetModel": f"{model}.tar.gz"} if entry.endpoint.kind == "multi-model" else {}
        response = self._runtime.invoke_endpoint(
            EndpointName=entry.endpoint_name, ContentType=_JSON, Body=body, **target
        )
        answer = response["Body"].read()
        return _Reply(body=answer, seconds=time.perf_counter() - began)

    def _through_s3(self, entry: Entry, body: bytes, began: float) -> _Reply:
        # The one prefix of the bucket that the endpoint's role may read.
        key = f"{entry.endpoint_name}/input/{uuid.uuid4()}.json"
        self._s3.put_object(Bucket=self._async_bucket, Key=key, Body=body, ContentType=_JSON)
        response = self._runtime.invoke_endpoint_async(
            EndpointName=entry.endpoint_name, ContentType=_JSON, InputLocation=f"s3://{self._async_bucket}/{key}"
        )
        patience = time.monotonic() + self._async_timeout_seconds
        while time.monotonic() < patience:
            answer = self._object(response["OutputLocation"])
            if answer is not None:
                return _Reply(body=answer, seconds=time.perf_counter() - began, uri=response["OutputLocation"])
            failure = self._object(response["FailureLocation"]) if "FailureLocation" in response else None
            if failure is not None:
                raise Failure(f"endpoint {entry.name} failed: {failure[:300].decode('utf-8', errors='replace')}")
            time.sleep(_POLL_SECONDS)
        raise Failure(
            f"no answer of endpoint {entry.name} within {self._async_timeout_seconds:.0f} s; it will lie at "
            f"{response['OutputLocation']}, for who may read there"
        )

    def _object(self, uri: str) -> bytes | None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        try:
            return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            # S3 denies what is not there to who may not list: only waiting tells it from an answer that is forbidden.
            if error_code(error) in {"NoSuchKey", "404", "AccessDenied", "403"}:
                return None
            raise


def portions(events: Any) -> Iterator[bytes]:
    """The bytes of an event stream; SageMaker reports a model's or its own failure as an event."""
    for event in events:
        if "PayloadPart" in event:
            yield bytes(event["PayloadPart"]["Bytes"])
            continue
        name, content = next(iter(event.items()))
        raise Failure(f"the stream broke off with {name}: {content.get('Message', '')}")
