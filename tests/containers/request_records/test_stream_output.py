"""Records go into the stream in few calls, again where it takes a part, and are counted where they are lost."""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from containers.request_records.caller import Caller
from containers.request_records.kinesis_stream import KinesisStream, NotTaken
from containers.request_records.output import StreamOutput
from containers.request_records.record import Observation
from containers.request_records.settings import RecordSettings
from containers.request_records.writer import RecordWriter

ARN = "arn:aws:kinesis:us-east-1:111122223333:stream/records"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}


def taken(headers: dict[str, str], body: bytes) -> tuple[int, Any]:
    """Kinesis takes everything."""
    return 200, {"FailedRecordCount": 0, "Records": [{"SequenceNumber": "1"} for _ in json.loads(body)["Records"]]}


def refused(status: int, kind: str) -> Callable[..., tuple[int, Any]]:
    return lambda headers, body: (status, {"__type": f"com.amazonaws.kinesis#{kind}", "message": "no"})


def lines_of(asked: list[tuple[dict[str, str], bytes]]) -> list[bytes]:
    """All lines that were put, in order."""
    return [line for _, body in asked for one in data_of(body) for line in one.splitlines(keepends=True)]


def data_of(body: bytes) -> list[bytes]:
    return [base64.b64decode(one["Data"]) for one in json.loads(body)["Records"]]


@pytest.fixture
def stream() -> Iterator[Callable[[Any], KinesisStream]]:
    """Makes the stream that a server plays."""
    made = []

    def of(server: Any) -> KinesisStream:
        made.append(KinesisStream(ARN, {**KEYS, "AWS_ENDPOINT_URL": server.address}))
        return made[-1]

    yield of
    for one in made:
        one.close()


class Pauses:
    """Notes pauses instead of waiting."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def test_a_request_names_stream_operation_and_a_key_of_its_own_for_each_record(answering: Any, stream: Any) -> None:
    server = answering(taken)
    assert stream(server).put([b"one\n", b"two\n"]) == []
    ((headers, body),) = server.asked
    assert headers["x-amz-target"] == "Kinesis_20131202.PutRecords"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIA/")
    assert json.loads(body)["StreamARN"] == ARN
    assert len({one["PartitionKey"] for one in json.loads(body)["Records"]}) == 2


def test_lines_share_records_of_a_billed_unit_and_records_share_calls(answering: Any, stream: Any) -> None:
    server = answering(taken)
    lines = [f"{number:0599d}\n".encode() for number in range(9_000)]
    assert StreamOutput(stream(server), wait=Pauses()).write(lines) == []
    assert lines_of(server.asked) == lines
    calls = [data_of(body) for _, body in server.asked]
    assert all(len(one) <= 25_000 for call in calls for one in call)
    assert all(len(call) <= 500 and sum(map(len, call)) <= 5_000_000 for call in calls)
    # 5.4 MB in records of 41 lines.
    assert (len(calls), sum(map(len, calls))) == (2, 220)
    assert server.connections == 1


def test_a_connection_that_was_closed_meanwhile_is_opened_again(answering: Any, stream: Any) -> None:
    server = answering(taken)
    server.forgetful = True
    output = StreamOutput(stream(server), wait=Pauses())
    assert [output.write([b"one\n"]), output.write([b"two\n"])] == [[], []]
    assert lines_of(server.asked) == [b"one\n", b"two\n"]


def test_only_what_was_not_taken_is_put_again_with_growing_pauses(answering: Any, stream: Any) -> None:
    def partly(headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        _, answer = taken(headers, body)
        if len(server.asked) < 4:
            answer["Records"][-1] = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "full"}
        return 200, answer

    server, pauses = answering(partly), Pauses()
    lines = [b"%024999d\n" % number for number in range(3)]
    assert StreamOutput(stream(server), wait=pauses).write(lines) == []
    assert [data_of(body) for _, body in server.asked] == [lines, lines[2:], lines[2:], lines[2:]]
    assert len(pauses.seconds) == 3 and pauses.seconds[0] < pauses.seconds[1] < pauses.seconds[2] <= 0.8


@pytest.mark.parametrize(
    ("answer", "attempts"),
    [
        (refused(500, "InternalFailure"), 5),
        (refused(400, "ProvisionedThroughputExceededException"), 5),
        (refused(400, "ExpiredTokenException"), 5),
        (refused(400, "AccessDeniedException"), 1),
        (refused(400, "ResourceNotFoundException"), 1),
        (lambda headers, body: (200, b"no JSON"), 5),
    ],
)
def test_what_passes_is_tried_for_some_seconds_and_what_does_not_once(
    answering: Any, stream: Any, caplog: pytest.LogCaptureFixture, answer: Any, attempts: int
) -> None:
    server = answering(answer)
    output = StreamOutput(stream(server), wait=Pauses())
    with caplog.at_level(logging.WARNING, "modelyard"):
        assert output.write([b"one\n", b"two\n"]) == [0, 1]
        assert output.write([b"three\n"]) == [0]
    assert len(server.asked) == 2 * attempts
    # One sentence, though every batch is lost.
    (said,) = [record.message for record in caplog.records]
    assert said.startswith("records of requests are lost, 2 of them now: Kinesis ")


def test_a_stream_that_cannot_be_reached_is_no_reason_to_end() -> None:
    nowhere = KinesisStream(ARN, {**KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert StreamOutput(nowhere, wait=Pauses()).write([b"one\n"]) == [0]
    with pytest.raises(NotTaken, match="Kinesis cannot be reached"):
        nowhere.put([b"one\n"])


def test_the_address_is_the_regions_own() -> None:
    for arn, host in {
        ARN: "kinesis.us-east-1.amazonaws.com",
        ARN.replace("aws:", "aws-cn:").replace("us-east-1", "cn-north-1"): "kinesis.cn-north-1.amazonaws.com.cn",
    }.items():
        assert KinesisStream(arn, KEYS)._host == host


def ended() -> Observation:
    observation = Observation(caller=Caller(), arrived=time.monotonic(), status=200)
    observation.end()
    return observation


def test_what_the_stream_did_not_take_is_told_by_the_next_record_that_it_takes(
    answering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = answering(refused(400, "AccessDeniedException"))
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": server.address}.items():
        monkeypatch.setenv(name, value)
    settings = RecordSettings(endpoint="chat", variant="AllTraffic", engine="llm_cpu", model=None, stream_arn=ARN)
    monkeypatch.setattr(StreamOutput, "seconds_between_writes", 0.01)
    writer = RecordWriter(settings)
    for number in (3, 4):
        for _ in range(number):
            writer.add(ended())
        until = time.monotonic() + 10
        while sum(len(data_of(body)[0].splitlines()) for _, body in server.asked) < (3 if number == 3 else 7):
            assert time.monotonic() < until
            time.sleep(0.01)
    # The second batch's first record told of the first batch, and is lost itself.
    server.answer = taken
    writer.add(ended())
    writer.add(ended())
    writer.close()
    put = [json.loads(one) for one in lines_of(server.asked)]
    assert [one["dropped_before"] for one in put[-2:]] == [7, 0]


def test_a_stream_that_never_answers_makes_no_request_wait(answering: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        time.sleep(30)
        return taken(headers, body)

    server = answering(slow)
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": server.address}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(StreamOutput, "seconds_between_writes", 0.01)
    settings = RecordSettings(endpoint="chat", variant="AllTraffic", engine="llm_cpu", model=None, stream_arn=ARN)
    writer = RecordWriter(settings, capacity=100)
    writer.add(ended())
    while not server.asked:
        time.sleep(0.01)
    began = time.monotonic()
    for _ in range(10_000):
        writer.add(ended())
    assert time.monotonic() - began < 2
    assert len(writer._waiting) == 100
    assert writer._dropped == 9_900
    began = time.monotonic()
    writer.close()
    assert time.monotonic() - began < 4
