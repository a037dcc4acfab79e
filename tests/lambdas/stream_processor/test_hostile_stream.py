"""Whatever a Kinesis record holds, its neighbours are delivered, and what is kept and done for it is bounded."""

from __future__ import annotations

import base64
import gzip
import json
import os
import tracemalloc
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from lambdas.stream_processor import batch, processor

GROUP = "/aws/sagemaker/Endpoints/support-chat"
EXAMPLES = int(os.environ.get("MODELYARD_FUZZ_RECORDS", "400"))


def envelope(document: Any) -> bytes:
    return gzip.compress(document if isinstance(document, bytes) else json.dumps(document).encode())


def data(**fields: Any) -> bytes:
    return envelope({"messageType": "DATA_MESSAGE", "logGroup": GROUP, "logEvents": [], **fields})


def lines(*messages: Any) -> bytes:
    return data(logEvents=[{"id": "1", "timestamp": 0, "message": message} for message in messages])


def hostile(record: Any) -> dict[str, Callable[[], bytes]]:
    """Kinesis records by what is wrong with them."""
    good = json.dumps(record(999))
    with_number = good.replace('"latency_ms": 1000.0', '"latency_ms": NUMBER')
    numbers = ["1e999", "-1e999", "NaN", "Infinity", "-Infinity", "9" * 5000, "1e-999", "0x10", "1_0", "٣", "-0", "1."]
    return {
        "a log group of five million characters": lambda: data(
            logGroup="g" * 5_000_000, logEvents=[{"message": "x"} for _ in range(500)]
        ),
        "a million short lines": lambda: envelope(
            b'{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":['
            + b",".join([b'{"message":"x"}'] * 500_000)
            + b"]}"
        ),
        "a million bare lines": lambda: b"x\n" * 1_000_000,
        "nothing but line ends": lambda: b"\n" * 1_000_000,
        "a bomb": lambda: gzip.compress(b"\0" * 30_000_000, 9),
        "a bomb in a message": lambda: envelope(b'{"logEvents":[{"message":"' + b"a" * 20_000_000 + b'"}]}'),
        "two envelopes": lambda: lines("x") * 2,
        "a cut envelope": lambda: lines("x")[:-9],
        "a wrong check sum": lambda: lines("x")[:-8] + b"\0" * 8,
        "zlib without gzip": lambda: zlib.compress(b"{}"),
        "only the magic": lambda: b"\x1f\x8b",
        "nothing": lambda: b"",
        "nothing in gzip": lambda: gzip.compress(b""),
        "one byte": lambda: b"\xff",
        "half of a character": lambda: "ä".encode()[:1],
        "a byte order mark": lambda: b"\xef\xbb\xbf" + good.encode(),
        "utf-16": lambda: good.encode("utf-16"),
        "deep arrays": lambda: envelope(b"[" * 3_000_000),
        "deep events": lambda: envelope(b'{"logEvents":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        "a deep line": lambda: lines("[" * 30_000),
        "a deep field": lambda: lines(good.replace('"support"', "[" * 5000 + "]" * 5000)),
        "many empty arrays": lambda: envelope(b"[" + b"[]," * 2_500_000 + b"[]]"),
        "no table": lambda: envelope(b"[]"),
        "a text": lambda: envelope(b'"x"'),
        "no events": lambda: envelope({"messageType": "DATA_MESSAGE", "logGroup": GROUP}),
        "events that are a table": lambda: data(logEvents={"message": good}),
        "events that are a text": lambda: data(logEvents=good),
        "events of every type": lambda: data(logEvents=[None, 1, [], {}, "x", {"message": None}, {"message": [good]}]),
        "a control message with lines": lambda: data(messageType="CONTROL_MESSAGE", logEvents=[{"message": "x"}]),
        "a type that is a table": lambda: data(messageType={"a": 1}, logEvents=[{"message": "x"}]),
        "a log group with half of a character": lambda: data(logGroup="\ud800", logEvents=[{"message": "x"}]),
        "half of a character in a line": lambda: lines(
            good.replace('"support"', '"\ud800"'), '{"\ud800": 1}', "\udfff"
        ),
        "nul and line ends in a line": lambda: lines(
            "\0", good.replace('"support"', '"\0"'), good.replace(", ", ",\n")
        ),
        "a field twice": lambda: lines(good[:-1] + ', "status": 200}', '{"status": 1, "status": 2}'),
        "a long line": lambda: lines("x" * 4_000_000, good[:-1] + " " * 4_000_000 + "}"),
        "long names": lambda: lines(
            json.dumps(record(999, endpoint="a" * 1_000_000)), json.dumps(record(9, model="m" * 300))
        ),
        "numbers": lambda: lines(*(with_number.replace("NUMBER", number) for number in numbers)),
        "names of others": lambda: lines(
            json.dumps(record(999, endpoint="chat")), json.dumps(record(9, variant="chat"))
        ),
        "strange times": lambda: lines(
            *(json.dumps(record(9, time=time)) for time in ("٢٠٢٦-11-21T07:00:00.123Z", "2026-11-21T07:00:60.000Z", ""))
        ),
    }


KINDS = sorted(hostile(lambda number, **fields: {"team": "support", "latency_ms": 1000.0, **fields}))


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_record_costs_its_neighbours_nothing(services: Any, stream: Any, record: Any, kind: str) -> None:
    contents = [json.dumps(record(1)).encode(), hostile(record)[kind](), stream.envelope(json.dumps(record(2)))]
    outcome = services.processor().process(stream.records(*contents))
    assert outcome.failed_from is None
    assert [f"{number:032x}" for number in (1, 2)] == [one for one in services.delivered if int(one, 16) < 9]
    kept = b"".join(services.objects.values())
    assert len(kept) < 5_000_000
    assert kept.count(b"\n") <= batch.POISON_LINES_KEPT + 2
    told = [json.loads(line) for line in kept.splitlines()]
    assert all(len(one["text"]) <= 32_768 and len(one["log_group"] or "") <= 512 for one in told)


def test_what_is_not_kept_of_a_record_is_counted(services: Any, stream: Any) -> None:
    outcome = services.processor().process(stream.records(lines(*["x"] * 1234)))
    assert (outcome.read, outcome.poison) == (1234, 1234)
    assert services.health["RecordsPoison"] == 1234
    ((_, body),) = services.objects.items()
    told = [json.loads(line)["reason"] for line in body.splitlines()]
    assert told == ["it is not JSON"] * 100 + ["1134 more lines of it are no records"]


def test_what_is_too_many_lines_is_counted_and_the_first_are_read(services: Any, stream: Any, record: Any) -> None:
    outcome = services.processor().process(stream.records((json.dumps(record(1)) + "\nx" * 40_000).encode()))
    assert (outcome.read, outcome.poison) == (40_001, 40_000)
    assert services.delivered == [f"{1:032x}"]
    ((_, body),) = services.objects.items()
    assert json.loads(body.splitlines()[-1])["reason"] == "15001 more lines of it were not read: it has too many"


def test_quarantine_has_an_end_and_says_so(services: Any, stream: Any) -> None:
    long = ["\ud83d\ude00" * 16_000 for _ in range(30)]
    services.processor().process(stream.records(*(lines(*long) for _ in range(2))))
    ((_, body),) = services.objects.items()
    assert len(body) < 4_100_000
    assert "more lines of quarantine were left out" in json.loads(body.splitlines()[-1])["reason"]


def test_an_event_of_an_envelope_that_is_none_costs_its_neighbours_nothing(
    services: Any, stream: Any, record: Any
) -> None:
    events = [{"message": json.dumps(record(1))}, None, {"message": 5}, {"message": json.dumps(record(2))}]
    outcome = services.processor().process(stream.records(data(logEvents=events)))
    assert (outcome.read, outcome.poison, len(services.delivered)) == (4, 2, 2)


@pytest.mark.parametrize("error", [MemoryError, RecursionError, KeyError, AssertionError])
def test_whatever_happens_while_a_record_or_a_line_is_read_the_others_are(
    services: Any, stream: Any, record: Any, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    read_line, read_content = batch.request_record, batch.content_of

    def line(text: str) -> Any:
        if "evil" in text:
            raise error
        return read_line(text)

    def content(text: str) -> Any:
        if base64.b64decode(text).startswith(b"evil"):
            raise error
        return read_content(text)

    monkeypatch.setattr(batch, "request_record", line)
    monkeypatch.setattr(batch, "content_of", content)
    contents = [stream.envelope(json.dumps(record(1)), "evil", json.dumps(record(2))), b"evil", b"{"]
    outcome = services.processor().process(stream.records(*contents, stream.envelope(json.dumps(record(3)))))
    assert (outcome.failed_from, outcome.poison) == (None, 3)
    assert services.delivered == [f"{number:032x}" for number in (1, 2, 3)]


def test_a_batch_is_read_in_parts_that_fit_into_memory(
    services: Any, stream: Any, record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "PART_LINES", 3)
    records = stream.of(*(record(number % 8) for number in range(10)))
    outcome = services.processor().process(records)
    assert (outcome.failed_from, outcome.read, outcome.duplicates) == (None, 10, 2)
    assert services.calls["put_record_batch"] == 3
    assert services.total("Requests") == 8


def test_a_part_that_fails_comes_again_and_those_before_it_do_not(
    services: Any, stream: Any, record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "PART_LINES", 3)
    it, records = services.processor(), stream.of(*(record(number) for number in range(9)))
    monkeypatch.setattr("lambdas.stream_processor.delivery._ATTEMPTS", 1)
    services.leave[0] = 0
    first = services.put_record_batch

    def second_fails(**request: Any) -> Any:
        services.refuse["put_record_batch"] = services.calls["put_record_batch"] == 1
        return first(**request)

    monkeypatch.setattr(services, "put_record_batch", second_fails)
    outcome = it.process(records)
    assert (outcome.failed_from, outcome.read, len(services.delivered)) == (3, 3, 3)
    assert it.process(records[3:]).failed_from is None
    assert services.total("Requests") == len(services.delivered) == 9


@pytest.mark.parametrize(("limit", "value"), [("RUN_BYTES", 1), ("RUN_WINDOWS", 1)])
def test_what_is_more_than_a_run_takes_on_comes_again_and_every_run_gets_on(
    services: Any, stream: Any, record: Any, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(batch, "PART_LINES", 1)
    monkeypatch.setattr(processor, limit, value)
    it, records, runs = services.processor(), stream.of(*(record(number) for number in range(5))), 0
    while records:
        outcome = it.process(records)
        records, runs = records[outcome.failed_from :] if outcome.failed_from is not None else [], runs + 1
    assert runs == 5
    assert services.total("Requests") == len(services.delivered) == 5


def test_memory_does_not_grow_with_what_is_made_to_fill_it(services: Any, stream: Any, record: Any) -> None:
    some = hostile(record)
    kinds = [
        some[kind]() for kind in ("a log group of five million characters", "a million short lines", "a long line")
    ]
    records = stream.records(*kinds * 2)
    tracemalloc.start()
    services.processor().process(records)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 400_000_000


def mutated(random: Random, record: Any, number: int) -> bytes:
    """A Kinesis record with something wrong in it, at any layer."""
    good = record(10_000_000 + number)
    field = random.choice(list(good))
    values = [None, "", -1, 1e308, 10**30, [], {}, [[]], True, "\ud800", "x" * 70_000, "\0", 0.1, "é" * 300, 2**63]
    layer = random.randrange(8)
    if layer == 0:
        return lines(json.dumps({**good, field: random.choice(values)}))
    if layer == 1:
        del good[field]
        return lines(json.dumps(good))
    text = json.dumps(good)
    if layer == 2:
        place = random.randrange(len(text))
        return lines(text[:place] + random.choice(['"', "{", "}", "\\", "\n", "\ud83d", "1e999", ","]) + text[place:])
    if layer == 3:
        return lines(text[: random.randrange(len(text))])
    if layer == 4:
        whole = bytearray(lines(text))
        for _ in range(random.randrange(1, 5)):
            whole[random.randrange(len(whole))] = random.randrange(256)
        return bytes(whole)
    if layer == 5:
        return data(**{random.choice(["messageType", "logGroup", "logEvents", "owner"]): random.choice(values)})
    if layer == 6:
        return random.randbytes(random.randrange(200))
    return (text + random.choice(["\n", "\r", "\u2028", ",", "{}"]) * random.randrange(1, 3) + text).encode()


def test_any_hostile_records_lose_no_neighbour(services: Any, stream: Any, record: Any) -> None:
    random = Random(20261130)
    it, sent = services.processor(), 0
    for first in range(0, EXAMPLES, 200):
        contents = []
        for number in range(first, min(first + 200, EXAMPLES)):
            contents += [mutated(random, record, number), stream.envelope(json.dumps(record(number)))]
            sent += 1
        outcome = it.process(stream.records(*contents))
        assert outcome.failed_from is None
    neighbours = {f"{number:032x}" for number in range(sent)}
    assert neighbours <= set(services.delivered)
