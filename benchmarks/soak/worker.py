"""An execution environment: the function's own handler in a process of its own, which may be killed at any moment."""

from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from random import Random
from types import SimpleNamespace
from typing import Any

from sinks import Sinks, Throttled


class Killed(Exception):
    """The environment ended before it answered, as one does that runs out of time or memory."""


class Worker:
    """Starts an environment when one is needed; it stays warm until it is killed."""

    def __init__(self, sinks: Sinks, random: Random, *, killed_share: float) -> None:
        self._sinks = sinks
        # Half of the kills come before a service took what it was handed, half after.
        self._killed_share = killed_share / 2
        self._random = random
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self.kills = 0

    def invoke(self, event: dict[str, Any], *, deadly: bool) -> dict[str, Any]:
        """The function's answer to an event; a `deadly` one kills whoever touches it. Raises `Killed`."""
        pipe = self._start()
        pipe.send(event)
        while True:
            try:
                kind, *content = pipe.recv()
            except EOFError:
                raise Killed from None
            if kind == "answer":
                answer: dict[str, Any] = content[0]
                return answer
            if deadly or self._random.random() < self._killed_share:
                self.kill()
                self.kills += 1
                raise Killed
            try:
                result: Any = self._sinks.call(*content)
            except Throttled:
                result = None
            if self._random.random() < self._killed_share:
                self.kill()
                self.kills += 1
                raise Killed
            pipe.send(result)

    def kill(self) -> None:
        """End the environment at once, with all that it remembers."""
        if self._process is not None and self._process.pid is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.join()
            self._process = self._pipe = None

    def _start(self) -> Connection:
        if self._pipe is None:
            ours, theirs = multiprocessing.Pipe()
            # A fork would carry the other thread's locks along.
            self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
            self._pipe = ours
        return self._pipe


class _Client:
    """In place of a boto3 client: its calls go to the sinks, and it raises what boto3 raises."""

    # As the boto3 of Lambda's runtime.
    meta = SimpleNamespace(service_model=SimpleNamespace(resolved_protocol="json"))

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def __getattr__(self, method: str) -> Any:
        from botocore.exceptions import ClientError

        def call(**request: Any) -> Any:
            self._pipe.send(("call", method, request))
            answer = self._pipe.recv()
            if answer is None:
                raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, method)
            return answer

        return call


def _serve(pipe: Connection) -> None:
    import logging

    import boto3

    boto3.client = lambda service, config: _Client(pipe)
    os.environ |= {
        "MODELYARD_ENVIRONMENT": "soak",
        "MODELYARD_DELIVERY_STREAM": "requests",
        "MODELYARD_SIGNALS_BUCKET": "signals",
        "MODELYARD_VARIANTS": "AllTraffic,Canary",
        "MODELYARD_DELIVERY": "logs",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    from lambdas.stream_processor import delivery, handler

    handler.logger.setLevel(logging.CRITICAL)
    # A second of waiting is a second of the soak, and nobody else competes for the sinks.
    delivery._FIRST_PAUSE_SECONDS = 0.001
    context = SimpleNamespace(function_name="f", memory_limit_in_mb=1, invoked_function_arn="a", aws_request_id="r")
    while True:
        pipe.send(("answer", handler.handle(pipe.recv(), context)))
