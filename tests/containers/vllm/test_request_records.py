"""vLLM's two hooks meet by the request's id; the application here stands in for vLLM at its ASGI boundary."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from containers.vllm import request_records
from containers.vllm.request_records import Finished, RecordVllmRequests, note_finished

SCHEMA = Path(__file__).parents[3] / "lambdas" / "shared" / "request_record.schema.json"
Play = Callable[..., Awaitable[None]]
ONE = {"reason": "length", "input_tokens": 30, "output_tokens": 5, "cached_input_tokens": 16, "queue_seconds": 0.25}
TIMES = {"prefill_seconds": 0.5, "per_output_token_seconds": 0.02}


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, Any]]]:
    """Runs one request through the middleware over a play of vLLM's part and gives its record."""
    reading, writing = os.pipe()
    monkeypatch.setattr(request_records, "RecordWriter", _writer_to(writing, request_records.RecordWriter))
    for name, value in {"REQUEST_RECORDS": "true", "ENDPOINT": "chat", "VARIANT": "AllTraffic"}.items():
        monkeypatch.setenv(f"MODELYARD_{name}", value)

    def run(play: Play, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
        asyncio.run(_scene(RecordVllmRequests(play), headers))
        record: dict[str, Any] = json.loads(os.read(reading, 1 << 16))
        Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(record)
        return record

    yield run
    os.close(reading)
    os.close(writing)


def _writer_to(descriptor: int, writer: Any) -> Any:
    return lambda settings: writer(settings, descriptor=descriptor)


async def _scene(middleware: RecordVllmRequests, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Any) -> None:
        return None

    scope = {"type": "http", "method": "POST", "path": "/invocations", "headers": list(headers)}
    await middleware(scope, receive, send)
    # The server's end writes what still waits for statistics.
    await middleware({"type": "lifespan"}, receive, send)


def play(
    *parts: bytes, finished: tuple[Finished, ...] = (), status: int = 200, kind: bytes = b"application/json"
) -> Play:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        request_id = dict(scope["headers"])[b"x-request-id"].decode()
        for one in finished:
            note_finished(f"chatcmpl-{request_id}-b25f1c88", one)

    return application


def test_the_engines_measurements_complete_the_record_of_a_whole_answer(recorded: Any) -> None:
    record = recorded(play(b"{}", finished=(Finished(**ONE, **TIMES),)))
    assert (record["input_tokens"], record["output_tokens"], record["cached_input_tokens"]) == (30, 5, 16)
    assert (record["queue_ms"], record["time_to_first_token_ms"], record["time_per_output_token_ms"]) == (250, 750, 20)
    assert (record["stop_reason"], record["streamed"]) == ("length", False)


def test_a_streams_first_token_is_when_its_first_part_leaves(recorded: Any) -> None:
    record = recorded(play(b"data: {}\n\n", finished=(Finished(**ONE, **TIMES),), kind=b"text/event-stream"))
    assert record["streamed"] is True
    assert 0 <= record["time_to_first_token_ms"] < 250


def test_a_stream_that_starts_with_an_error_has_no_first_token(recorded: Any) -> None:
    record = recorded(play(b'data: {"error": {}}\n\n', kind=b"text/event-stream"))
    assert (record["time_to_first_token_ms"], record["output_tokens"], record["stop_reason"]) == (None, None, "error")


def test_a_stream_that_breaks_off_says_so_whatever_the_engine_says_of_what_it_gave_up(recorded: Any) -> None:
    parts = (b"data: {}\n\n", b'data: {"error": {}}\n\n')
    given_up = Finished(**{**ONE, "reason": "abort"}, **TIMES)
    record = recorded(play(*parts, finished=(given_up,), kind=b"text/event-stream"))
    assert (record["status"], record["stop_reason"], record["output_tokens"]) == (200, "error", 5)
    assert record["time_to_first_token_ms"] is not None


def test_several_answers_in_one_request_have_their_tokens_in_sum_and_no_time_of_one(recorded: Any) -> None:
    record = recorded(play(b"{}", finished=(Finished(**ONE, **TIMES), Finished(**ONE, **TIMES))))
    assert record["output_tokens"] == 10
    assert {record[name] for name in ("queue_ms", "time_per_output_token_ms", "input_tokens")} == {None}


def test_an_adapter_is_named_where_it_answered(recorded: Any) -> None:
    header = (b"x-amzn-sagemaker-adapter-identifier", b"pirate")
    assert recorded(play(b"{}"), header)["adapter"] == "pirate"
    assert recorded(play(b"{}", status=404), header)["adapter"] is None


def test_a_callers_own_request_id_cannot_take_the_place_of_the_records(recorded: Any) -> None:
    record = recorded(play(b"{}", finished=(Finished(**ONE, **TIMES),)), (b"x-request-id", b"0" * 32))
    assert record["output_tokens"] == 5
    assert record["record_id"] != "0" * 32


def test_statistics_of_a_request_that_is_not_recorded_are_passed_over() -> None:
    note_finished(f"chatcmpl-{'0' * 32}", Finished(**ONE, **TIMES))
    note_finished("warm-up", Finished(**ONE, **TIMES))
    assert request_records._finished == {}
