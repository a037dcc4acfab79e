"""Watches a container's requests from outside, in whatever framework they are answered, and records each."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from containers.request_records.caller import read_caller
from containers.request_records.record import Observation

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

OBSERVATION = "modelyard.observation"
"""Where in a request's scope its observation lies, for those who measure more of it."""
CALLER_GONE = 499
"""Nobody reads this status; it is nginx's number for it."""
FAILED = "error"
"""The stop reason of an answer that broke off after its status had been sent."""
_LONGEST_MODEL = 256
_INVOCATION = re.compile(r"/invocations|/models/(?P<model>[^/]+)/invoke")


class Records(Protocol):
    """Takes what was observed of a request that is over, without waiting."""

    def add(self, observation: Observation) -> None: ...


class RecordRequests:
    """ASGI around an application: every invocation becomes a record when it is over, however it ends."""

    def __init__(self, application: Application, records: Records) -> None:
        self._application = application
        self._records = records

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _INVOCATION.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] != "POST":
            await self._application(scope, receive, send)
            return
        # Thousands may wait to be written, so what a path says is cut here already.
        model = found["model"] and found["model"][:_LONGEST_MODEL]
        observation = Observation(caller=read_caller(scope["headers"]), arrived=time.monotonic(), model=model)
        scope[OBSERVATION] = observation
        started = answered = gone = False

        async def send_and_see(message: Message) -> None:
            nonlocal started, answered
            if message["type"] == "http.response.start":
                started, observation.status = True, message["status"]
            elif not message.get("more_body", False):
                answered = True
            await send(message)

        async def receive_and_see() -> Message:
            nonlocal gone
            message = await receive()
            # Servers say so as well when the answer has been sent in full.
            gone = gone or (message["type"] == "http.disconnect" and not answered)
            return message

        try:
            await self._application(scope, receive_and_see, send_and_see)
            # Applications leave an answer unfinished without an error only when nobody reads it any more.
            gone = gone or not answered
        except asyncio.CancelledError:
            gone = True
            raise
        except Exception:
            if started and not gone:
                observation.stop_reason = FAILED
            raise
        finally:
            if gone:
                observation.status = CALLER_GONE
            observation.end()
            self._records.add(observation)


def observation_of(scope: Scope) -> Observation | None:
    """The observation of a request, None where records are off."""
    found: Observation | None = scope.get(OBSERVATION)
    return found
