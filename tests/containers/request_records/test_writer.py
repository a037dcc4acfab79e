"""Records leave in the order they came, in whole lines, and never make a request wait."""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from containers.request_records.caller import Caller, read_caller
from containers.request_records.record import Observation, line
from containers.request_records.settings import RecordSettings
from containers.request_records.writer import RecordWriter

SCHEMA = Path(__file__).parents[3] / "lambdas" / "shared" / "request_record.schema.json"
SETTINGS = RecordSettings(endpoint="chat", variant="AllTraffic", engine="llm_cpu", model=None)


@dataclass
class Pipe:
    reading: int
    writing: int

    def read(self) -> list[dict[str, Any]]:
        """What was written, until the writing end closes."""
        os.close(self.writing)
        text = b""
        while part := os.read(self.reading, 1 << 16):
            text += part
        return [json.loads(one) for one in text.splitlines()]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    reading, writing = os.pipe()
    yield Pipe(reading, writing)
    os.close(reading)


def ended(**measured: Any) -> Observation:
    observation = Observation(caller=Caller(), arrived=time.monotonic() - 0.25, status=200, **measured)
    observation.end()
    return observation


def record(observation: Observation, settings: RecordSettings = SETTINGS) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(line(observation, settings, dropped_before=0))
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(made)
    return made


def test_what_nobody_measured_is_null_in_a_record_of_the_schema() -> None:
    made = record(ended())
    absent = {name for name, value in made.items() if value is None}
    measured = ("queue_ms", "time_to_first_token_ms", "time_per_output_token_ms", "stop_reason", "cached_input_tokens")
    caller = ("request_id", "inference_id", "team", "adapter")
    assert absent == {*measured, *caller, "input_tokens", "output_tokens"}
    assert (made["record"], made["status"], made["model"]) == ("modelyard.request/1", 200, "unknown")


def test_times_are_milliseconds_and_the_end_is_utc() -> None:
    observation = ended(queue_seconds=0.0125, first_token_seconds=0.2, per_output_token_seconds=0.0301234567)
    observation.arrived, observation.ended, observation.ended_at = 10.0, 10.5, 1_795_244_400.1239
    made = record(observation)
    assert made["time"] == "2026-11-21T07:00:00.123Z"
    assert (made["queue_ms"], made["time_to_first_token_ms"], made["latency_ms"]) == (12.5, 200.0, 500.0)
    assert made["time_per_output_token_ms"] == 30.123


def test_the_model_is_what_the_container_was_told_then_what_was_asked_for_then_what_the_engine_says() -> None:
    asked = Observation(caller=Caller(target_model="shelf-a"), arrived=time.monotonic(), model="weights-file")
    asked.end()
    told = RecordSettings(endpoint="chat", variant="AllTraffic", engine="llm_cpu", model="catalog-name")
    assert record(asked, told)["model"] == "catalog-name"
    assert record(asked)["model"] == "shelf-a"
    assert record(ended(model="weights-file"))["model"] == "weights-file"


@pytest.mark.parametrize("character", ['"', "\\", "\n", "\0", "é", "\u2028", "😀"])
def test_a_record_is_one_line_of_one_write_whatever_a_caller_says(character: str) -> None:
    text = character * 256
    headers = [(b"x-amzn-sagemaker-inference-id", text.encode()), (b"x-amzn-sagemaker-adapter-identifier", b'"' * 256)]
    attributes = b"team=" + b"\\" * 256 + b";request_id=" + b'"' * 256
    caller = read_caller([*headers, (b"x-amzn-sagemaker-custom-attributes", attributes)])
    observation = Observation(caller=caller, arrived=time.monotonic(), model=text * 100, adapter=caller.adapter)
    written = line(observation, SETTINGS, dropped_before=10**8)
    assert len(written) <= select.PIPE_BUF
    assert written.count(b"\n") == 1
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(json.loads(written))


def test_every_record_is_written_once_and_in_order(pipe: Pipe) -> None:
    writer = RecordWriter(SETTINGS, descriptor=pipe.writing)
    observations = [ended(output_tokens=number) for number in range(60)]
    for observation in observations:
        writer.add(observation)
    writer.close()
    written = pipe.read()
    assert [one["record_id"] for one in written] == [one.record_id for one in observations]
    assert [one["output_tokens"] for one in written] == list(range(60))
    assert {one["dropped_before"] for one in written} == {0}


def test_records_leave_by_themselves_while_requests_go_on(pipe: Pipe) -> None:
    writer = RecordWriter(SETTINGS, descriptor=pipe.writing)
    for _ in range(2):
        writer.add(ended())
        assert select.select([pipe.reading], [], [], 10)[0]
        assert os.read(pipe.reading, 1 << 16).endswith(b"\n")
    writer.close()
    assert pipe.read() == []


def test_a_log_that_nobody_reads_costs_records_and_no_request_waits(pipe: Pipe) -> None:
    filled = os.write(pipe.writing, b"\n" * _space_in(pipe.writing))
    writer = RecordWriter(SETTINGS, descriptor=pipe.writing, capacity=5)
    started = time.monotonic()
    for _ in range(1000):
        writer.add(ended())
    assert time.monotonic() - started < 1
    os.read(pipe.reading, filled)
    _until(lambda: not writer._waiting)
    writer.add(ended())
    writer.close()
    written = pipe.read()
    assert sum(one["dropped_before"] for one in written) + len(written) == 1001
    assert written[-1]["dropped_before"] > 900
    assert {one["dropped_before"] for one in written[:-1]} == {0}


def test_ending_does_not_wait_for_ever_for_a_log_that_nobody_reads(pipe: Pipe) -> None:
    os.write(pipe.writing, b"\n" * _space_in(pipe.writing))
    writer = RecordWriter(SETTINGS, descriptor=pipe.writing)
    writer.add(ended())
    started = time.monotonic()
    writer.close()
    assert time.monotonic() - started < 5
    os.read(pipe.reading, 1 << 20)
    writer._thread.join(timeout=10)


def _space_in(descriptor: int) -> int:
    import fcntl

    return fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ)


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
