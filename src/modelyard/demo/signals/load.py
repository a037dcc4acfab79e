"""The requests of the demo, and what their sender saw of each: the count that AWS's figures are held against."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from modelyard.invoking.chat_answer import Answer, read_chat, read_stream
from modelyard.invoking.invocation import Question, portions

_CALLERS = 4
_MAX_TOKENS = 16
_PROMPTS = (
    "What is photosynthesis?",
    "Name three colours.",
    "My order has not come. What can I do?",
    "Write to jo@example.com that the parcel is here.",
    "Explain in one sentence why the sky is blue.",
    "How do I reset my password? I have tried twice and no mail has come.",
)
# No chat completion: `messages` is missing, which every engine answers with 400.
_UNREADABLE = b'{"question": "Is anybody there?"}'


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request as its sender saw it; tokens are those that the answer itself states, None where it was refused."""

    endpoint: str
    team: str
    request_id: str
    streamed: bool
    status: int
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, kw_only=True)
class LoadTask:
    """One request to be sent."""

    endpoint: str
    team: str
    prompt: str
    streamed: bool


def tasks(endpoints: Sequence[str], teams: Sequence[str], *, each: int) -> list[LoadTask]:
    """`each` requests to every endpoint, in turns: every third streamed, teams and prompts changing."""
    return [
        LoadTask(
            endpoint=endpoint,
            team=teams[number % len(teams)],
            prompt=_PROMPTS[number % len(_PROMPTS)],
            streamed=number % 3 == 2,
        )
        for number in range(each)
        for endpoint in endpoints
    ]


class Sender:
    """Sends through plain boto3; CustomAttributes say whose request it is and which."""

    def __init__(self, runtime: Any) -> None:
        self._runtime = runtime

    def send_all(self, planned: Sequence[LoadTask], *, on_sent: Callable[[int], None]) -> list[Sent]:
        """Send with four callers at a time; `on_sent` hears how many are done."""
        done: list[Sent] = []
        with ThreadPoolExecutor(_CALLERS) as callers:
            for sent in callers.map(self.send, planned):
                done.append(sent)
                on_sent(len(done))
        return done

    def send(self, task: LoadTask) -> Sent:
        """Send one request and read the whole answer."""
        question = Question(prompt=task.prompt, max_tokens=_MAX_TOKENS)
        return self._exchange(task, question.body("chat", stream=task.streamed))

    def send_unreadable(self, endpoint: str, team: str) -> Sent:
        """Send what is no chat completion."""
        return self._exchange(LoadTask(endpoint=endpoint, team=team, prompt="", streamed=False), _UNREADABLE)

    def _exchange(self, task: LoadTask, body: bytes) -> Sent:
        request_id = uuid.uuid4().hex[:12]
        request = {
            "EndpointName": task.endpoint,
            "ContentType": "application/json",
            "CustomAttributes": f"team={task.team},request_id={request_id}",
            "Body": body,
        }
        status, answer = 200, None
        try:
            answer = self._answer(request, streamed=task.streamed)
        except ClientError as error:
            status = _status_of_model(error)
        return Sent(
            endpoint=task.endpoint,
            team=task.team,
            request_id=request_id,
            streamed=task.streamed,
            status=status,
            input_tokens=answer.prompt_tokens if answer else None,
            output_tokens=answer.completion_tokens if answer else None,
        )

    def _answer(self, request: dict[str, Any], *, streamed: bool) -> Answer:
        began = time.perf_counter()
        if streamed:
            response = self._runtime.invoke_endpoint_with_response_stream(**request)
            return read_stream(portions(response["Body"]), began=began)
        body = self._runtime.invoke_endpoint(**request)["Body"].read()
        return read_chat(body, total_seconds=time.perf_counter() - began)


def _status_of_model(error: ClientError) -> int:
    """What the container answered; everything but a ModelError was not the container's answer."""
    status = error.response.get("OriginalStatusCode")
    if error.response["Error"]["Code"] != "ModelError" or status is None:
        raise error
    return int(status)
