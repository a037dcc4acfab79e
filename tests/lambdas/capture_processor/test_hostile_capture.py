"""Whatever a capture file holds, the other events of it are copied; what is no record is put aside and counted."""

from __future__ import annotations

import base64
import json
import os
import random

import pytest

from lambdas.capture_processor import processor as module
from lambdas.capture_processor.capture_store import CaptureStore
from lambdas.capture_processor.event_pairs import LINES_KEPT
from lambdas.capture_processor.metric_publication import MetricPublication
from lambdas.capture_processor.processor import CaptureProcessor

COPY = "keep-30-days/prod-chat/AllTraffic/2026/11/21/07/a.jsonl"
ASIDE = COPY.replace(".jsonl", ".malformed.jsonl")
EXAMPLES = int(os.environ.get("MODELYARD_FUZZ_RECORDS", "300"))


@pytest.fixture
def processor(s3, cloudwatch):
    store = CaptureStore(s3, bucket="capture")
    return CaptureProcessor(store=store, metrics=MetricPublication(cloudwatch), baseline_records=4, window_records=2)


@pytest.fixture
def copied(s3, processor):
    """The copies of a file with these lines, by their events."""

    def run(*lines, redact=True):
        raw = f"raw/{'redact' if redact else 'as-is'}/{COPY}"
        s3.objects[raw] = (b"\n".join(lines), {})
        assert processor.process(raw).done == "copied"
        return {one["event_id"]: one for one in map(json.loads, s3.objects[COPY][0].splitlines())}

    return run


NUMBERS = (
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "9" * 400,
    "9" * 5000,
    "1e-400",
    "-0.0",
    str(2**70),
)


@pytest.mark.parametrize("redact", [True, False])
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("encoding", ["JSON", "BASE64", "inline"])
def test_a_number_that_no_reader_holds_costs_nobody_the_file(copied, line_of, side_of, number, encoding, redact):
    body = f'{{"inputs": "hello", "temperature": {number}, "usage": {{"prompt_tokens": {number}}}}}'
    if encoding == "inline":
        line = line_of("evil", "DATA", side_of("x", encoding="CSV"))
        line = line.replace(b'"DATA"', b'{"encoding": "JSON", "data": %s}' % body.encode())
    else:
        line = line_of("evil", side_of(body, encoding=encoding), side_of(body, encoding=encoding))
    good = line_of("good", side_of({"inputs": "hello"}), side_of([{"generated_text": "hi"}]))
    found = copied(good, line, redact=redact)
    assert "good" in found
    if len(number) < 4300:
        assert "hello" in json.dumps(found["evil"]["input"])


@pytest.mark.parametrize("redact", [True, False])
def test_an_infinite_number_makes_a_text_of_its_body(copied, line_of, side_of, redact):
    found = copied(line_of("a", side_of('{"x": 1e999}'), side_of('{"y": 1}')), redact=redact)
    assert found["a"]["input"]["form"] == "text" and found["a"]["input"]["body"].startswith('{"x": ')
    assert found["a"]["output"]["form"] == "json"


DEEP = "[" * 900 + '"jo@example.com"' + "]" * 900
BODIES = (
    "", "null", "{", "\ud800", '"\\ud800"', '{"\\ud800": "\\udfff"}', "\0", '{"a": "\\u0000"}', "[" * 100_000, DEEP,
    f'data: {{"choices": {DEEP}}}\n\n', f'{{"a": {DEEP}}}\n{{"b": 1}}', '{"choices": [1, null, {"message": 5}]}',
    '{"choices": {"a": 1}}', '{"choices": [{"index": 1e300, "message": {"content": "x", "refusal": 7}}]}',
    '{"usage": {"prompt_tokens": 1.5, "completion_tokens": -1, "prompt_tokens_details": []}}', '{"details": "x"}',
    '{"usage": {"prompt_tokens": 99999999999999999999999999}}', '{"a": 1, "a": 2}', "data: \n\ndata: [DONE]\n\n",
    "\ufeff{}", '{"messages": [[["x"]]]}', '{"messages": 5}', "9" * 10_000, "é" * 1000, "\u2028", '{"embedding": {}}',
)  # fmt: skip


@pytest.mark.parametrize("redact", [True, False])
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_of_any_kind_costs_nobody_else_anything(copied, line_of, side_of, body, redact):
    raw = body.encode("utf-8", "surrogatepass")
    good = line_of("good", side_of({"inputs": "hello"}), side_of([{"generated_text": "hi"}]))
    lines = [
        line_of("e1", side_of(body), side_of(body)),
        line_of("e2", side_of(raw, encoding="BASE64"), side_of(raw, encoding="BASE64")),
        line_of("e3", side_of(body, encoding="CSV"), side_of(body, content_type=body)),
        line_of("e4", side_of(body)),
    ]
    assert {"good", "e1", "e2", "e3"} <= set(copied(*lines[:2], good, *lines[2:], redact=redact))


def test_lines_that_are_no_events_are_put_aside_and_counted_and_the_first_are_kept(
    copied, s3, cloudwatch, line_of, side_of
):
    good = line_of("good", side_of({"inputs": "hello"}), side_of([{"generated_text": "hi"}]))
    cut = good[:-20]
    evil = [b"x" * 100_000, b"[]", b"null", b"\xff\xfe", b"{}", cut, b"[" * 100_000, b'{"captureData": 1e999}']
    assert set(copied(*evil, good, *[b"x"] * 5000, redact=False)) == {"good"}
    assert cloudwatch.values("LinesMalformed") == [5008]
    told = [json.loads(line) for line in s3.objects[ASIDE][0].splitlines()]
    assert len(told) == LINES_KEPT + 1
    assert told[-1]["reason"] == f"{5008 - LINES_KEPT} more lines are no records"
    assert told[0]["bytes"] == 100_000 and len(told[0]["text"]) == 32_768


@pytest.mark.parametrize("error", [MemoryError, RecursionError, KeyError, ValueError, AssertionError])
def test_whatever_happens_while_a_record_is_made_or_written_the_others_are(
    copied, s3, cloudwatch, line_of, side_of, monkeypatch, error
):
    make = module.record_of

    def record_of(event, **more):
        if event.event_id == "evil":
            raise error
        return make(event, **more)

    monkeypatch.setattr(module, "record_of", record_of)
    sides = side_of({"inputs": "hello"}), side_of([{"generated_text": "hi"}])
    assert set(copied(line_of("a", *sides), line_of("evil", *sides), line_of("b", *sides))) == {"a", "b"}
    assert cloudwatch.values("Events") == [2]
    (aside,) = map(json.loads, s3.objects[ASIDE][0].splitlines())
    assert (aside["line"], aside["reason"]) == (2, f"its record cannot be made: {error.__name__}")


@pytest.mark.parametrize("there", [b"[]", b"{}", b"\xff", b'{"event_id": 1}', b""])
def test_a_side_whose_other_side_was_written_over_costs_nobody_else_anything(copied, s3, line_of, side_of, there):
    s3.objects["keep-30-days/prod-chat/AllTraffic/joined/half.jsonl"] = (there, {})
    whole = line_of("a", side_of({"inputs": "hello"}), side_of([{"generated_text": "hi"}]))
    assert set(copied(line_of("half", side_of({"inputs": "x"})), whole)) == {"a"}


def mutated(rng, line_of, side_of, number):
    """A line with something wrong in it, at any layer."""
    values = [None, "", -1, 10**30, [], {}, [[]], True, "\ud800", "x" * 3000, "\0", 0.5, {"a": {"b": [1] * 20}}]
    body = {rng.choice(["messages", "inputs", "choices", "usage", "embedding", "tokens", "x"]): rng.choice(values)}
    line = line_of(f"x{number}", side_of(body), side_of(rng.choice(BODIES), encoding=rng.choice(["JSON", "CSV"])))
    layer = rng.randrange(5)
    if layer == 0:
        return line
    if layer == 1:
        found = json.loads(line)
        found[rng.choice(["captureData", "eventMetadata", "eventVersion"])] = rng.choice(values)
        return json.dumps(found).encode()
    if layer == 2:
        found = json.loads(line)
        side = found["captureData"][rng.choice(["endpointInput", "endpointOutput"])]
        side[rng.choice(["data", "encoding", "observedContentType", "mode"])] = rng.choice(values)
        return json.dumps(found).encode()
    if layer == 3:
        broken = bytearray(line)
        for _ in range(rng.randrange(1, 4)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        return bytes(broken).replace(b"\n", b" ")
    return line[: rng.randrange(len(line))]


@pytest.mark.parametrize("redact", [True, False])
def test_any_hostile_capture_loses_no_neighbour(copied, line_of, side_of, redact):
    rng = random.Random(20261130)
    for first in range(0, EXAMPLES, 100):
        lines, neighbours = [], set()
        for number in range(first, min(first + 100, EXAMPLES)):
            good = line_of(f"g{number}", side_of({"inputs": "hello"}), side_of([{"generated_text": "hi"}]))
            lines += [mutated(rng, line_of, side_of, number), good]
            neighbours.add(f"g{number}")
        assert neighbours <= set(copied(*lines, redact=redact))


def test_a_body_that_is_not_base64_is_put_aside(copied, line_of, side_of):
    evil = line_of("evil", {"encoding": "BASE64", "data": "%%%"}, side_of("x"))
    good = line_of("good", side_of(base64.b64encode(b"x").decode(), encoding="BASE64"), side_of("x"))
    assert set(copied(evil, good)) == {"good"}
