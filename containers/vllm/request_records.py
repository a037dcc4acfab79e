"""Records of the requests that vLLM answers, by the two ways in that vLLM offers, without a change to it.

`--middleware` takes the ASGI class below: it sees a request come, its status, its first part and its end. What only the
engine knows comes from `engine_times.py`, a plugin for vLLM's statistics. Both meet by a request's id: vLLM names its
own request after the header X-Request-Id, into which the middleware writes the id of the record.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from dataclasses import dataclass

from containers.request_records.middleware import (
    CALLER_GONE,
    FAILED,
    Application,
    Message,
    Receive,
    RecordRequests,
    Scope,
    Send,
    observation_of,
)
from containers.request_records.record import Observation
from containers.request_records.settings import read_record_settings
from containers.request_records.writer import RecordWriter

ENGINE = "vllm"
# vLLM's statistics of a step may come a little after the answer that the step ended.
SECONDS_FOR_STATISTICS = 0.5
_REQUEST_ID = b"x-request-id"
_RECORD_ID = re.compile(r"[0-9a-f]{32}")
# As vLLM words an answer's end that is an event of its own, since the status has been sent.
_ERROR_EVENT = b'data: {"error"'


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What the engine says of one sequence that has ended."""

    reason: str
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int | None
    queue_seconds: float
    prefill_seconds: float
    """From the end of the wait to the first token."""
    per_output_token_seconds: float


_finished: dict[str, list[Finished]] = {}
"""By record id, for the requests of this process that are not recorded yet. vLLM makes both hooks itself, so nothing
else can bring them together."""


def note_finished(request_id: str, finished: Finished) -> None:
    """For the plugin: a sequence of a request has ended. A request that is not recorded here is passed over."""
    found = _RECORD_ID.search(request_id)
    if found is not None and found[0] in _finished:
        _finished[found[0]].append(finished)


class RecordVllmRequests:
    """The middleware; it reads its settings from the environment, as vLLM makes it with nothing but the application."""

    def __init__(self, app: Application) -> None:
        settings = read_record_settings(os.environ, engine=ENGINE)
        self._app = app
        self._joined = None if settings is None else _Joined(RecordWriter(settings))
        self._recording = app if self._joined is None else RecordRequests(self._observed, self._joined)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._recording(scope, receive, send)
        finally:
            if scope["type"] == "lifespan" and self._joined is not None:
                self._joined.close()

    async def _observed(self, scope: Scope, receive: Receive, send: Send) -> None:
        observation = observation_of(scope)
        if observation is None:
            await self._app(scope, receive, send)
            return
        others = [(name, value) for name, value in scope["headers"] if name != _REQUEST_ID]
        named = {**scope, "headers": [*others, (_REQUEST_ID, observation.record_id.encode())]}
        _finished[observation.record_id] = []

        async def send_and_time(message: Message) -> None:
            if message["type"] == "http.response.start":
                _note_start(observation, message)
            elif observation.streamed:
                _note_part(observation, message.get("body", b""))
            await send(message)

        await self._app(named, receive, send_and_time)


class _Joined:
    """In the writer's place: lets a record wait for the engine's part of it."""

    def __init__(self, writer: RecordWriter) -> None:
        self._writer = writer
        self._waiting: dict[str, Observation] = {}

    def add(self, observation: Observation) -> None:
        self._waiting[observation.record_id] = observation
        asyncio.get_running_loop().call_later(SECONDS_FOR_STATISTICS, self._leave, observation.record_id)

    def close(self) -> None:
        for record_id in list(self._waiting):
            self._leave(record_id)
        self._writer.close()

    def _leave(self, record_id: str) -> None:
        observation = self._waiting.pop(record_id, None)
        if observation is not None:
            _complete(observation, _finished.pop(record_id, []))
            self._writer.add(observation)


def _note_start(observation: Observation, message: Message) -> None:
    headers = dict(message.get("headers", ()))
    observation.streamed = headers.get(b"content-type", b"").startswith(b"text/event-stream")
    if message["status"] < 400:
        observation.adapter = observation.caller.adapter


def _note_part(observation: Observation, body: bytes) -> None:
    """vLLM starts a stream with the first token; one that fails carries an error as an event of its own."""
    if body.startswith(_ERROR_EVENT):
        observation.stop_reason = FAILED
    elif body and observation.first_token_seconds is None:
        observation.first_token_seconds = time.monotonic() - observation.arrived


def _complete(observation: Observation, finished: list[Finished]) -> None:
    if observation.status == CALLER_GONE:
        # vLLM gives up what nobody waits for, and has no statistics of it.
        observation.stop_reason = "abort"
    if not finished:
        return
    observation.output_tokens = sum(one.output_tokens for one in finished)
    if observation.stop_reason != FAILED:
        observation.stop_reason = finished[-1].reason
    if len(finished) > 1:
        # Several answers or prompts in one request: one time cannot speak for all of them.
        return
    (only,) = finished
    observation.input_tokens = only.input_tokens
    observation.cached_input_tokens = only.cached_input_tokens
    observation.queue_seconds = only.queue_seconds
    if only.output_tokens > 1:
        observation.per_output_token_seconds = only.per_output_token_seconds
    if not observation.streamed and only.output_tokens:
        observation.first_token_seconds = only.queue_seconds + only.prefill_seconds
