"""A capture file's lines become events, whatever encodes them, and a broken line costs nobody but itself."""

from __future__ import annotations

import json
import random

import pytest

from lambdas.capture_processor.event_pairs import read_events

ASKED = {"messages": [{"role": "user", "content": "hello"}]}
ANSWERED = {"choices": [{"message": {"content": "hi"}}]}


@pytest.mark.parametrize("encoding", ["JSON", "BASE64"])
def test_a_json_body_is_read_however_it_was_stored(line_of, side_of, encoding):
    line = line_of("a", side_of(ASKED, encoding=encoding), side_of(ANSWERED, encoding=encoding), inferenceId="mine")
    (event,) = read_events([line]).whole
    assert (event.input.form, event.input.body) == ("json", ASKED)
    assert (event.output.form, event.output.body) == ("json", ANSWERED)
    assert (event.event_id, event.inference_id, event.time) == ("a", "mine", "2026-11-21T07:00:00Z")


def test_csv_is_text_and_bytes_that_are_no_text_stay_base64(line_of, side_of):
    line = line_of(
        "a", side_of("[1],2\n", encoding="CSV", content_type="text/csv"), side_of(b"\xff\xfe", encoding="BASE64")
    )
    (event,) = read_events([line]).whole
    assert (event.input.form, event.input.body) == ("text", "[1],2\n")
    assert (event.output.form, event.output.body) == ("binary", "//4=")


def test_what_calls_itself_json_and_is_not_is_kept_as_text(line_of, side_of):
    (event,) = read_events([line_of("a", side_of("{broken"), side_of('{"a": NaN}'))]).whole
    assert (event.input.form, event.input.body) == ("text", "{broken")
    assert (event.output.form, event.output.body) == ("text", '{"a": NaN}')


def test_sides_on_separate_lines_meet_by_event_id_in_any_order(line_of, side_of):
    lines = []
    for number in range(200):
        lines.append(line_of(f"e{number}", asked=side_of({"inputs": f"question {number}"})))
        lines.append(line_of(f"e{number}", answered=side_of([{"generated_text": f"answer {number}"}])))
    random.Random(7).shuffle(lines)
    found = read_events(lines)
    assert len(found.whole) == 200 and not found.halves and not found.repeated
    for event in found.whole:
        number = event.event_id.removeprefix("e")
        assert event.input.body == {"inputs": f"question {number}"}
        assert event.output.body == [{"generated_text": f"answer {number}"}]


def test_a_side_without_the_other_is_a_half_and_a_line_that_comes_twice_counts_once(line_of, side_of):
    whole, half = line_of("a", side_of(ASKED), side_of(ANSWERED)), line_of("b", asked=side_of(ASKED))
    found = read_events([whole, half, whole, half, b"", b"  \r"])
    assert [event.event_id for event in found.whole] == ["a"]
    assert [event.event_id for event in found.halves] == ["b"]
    assert (found.lines, found.repeated) == (4, 2)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"no json", "it is not JSON"),
        (b"\xff\xfe\xfd", "it is not UTF-8"),
        (b"[" * 100_000, "it is not JSON"),
        (b"17", "captureData is no JSON object"),
        (b'{"captureData": {"endpointInput": {}}}', "eventMetadata is no JSON object"),
        (b'{"captureData": {}, "eventMetadata": {"eventId": 7}}', "eventMetadata.eventId is no text"),
        (
            b'{"captureData": {}, "eventMetadata": {"eventId": "a"}}',
            "captureData has neither endpointInput nor endpointOutput",
        ),
        (
            b'{"captureData": {"endpointInput": 7}, "eventMetadata": {"eventId": "a"}}',
            "captureData.endpointInput is no JSON object",
        ),
        (
            b'{"captureData": {"endpointInput": {"data": "x", "encoding": "XML"}}, "eventMetadata": {"eventId": "a"}}',
            "captureData.endpointInput: encoding is none of BASE64, CSV, JSON",
        ),
        (
            b'{"captureData": {"endpointOutput": {"data": 7, "encoding": "CSV"}}, "eventMetadata": {"eventId": "a"}}',
            "captureData.endpointOutput: data is no text",
        ),
        (
            b'{"captureData": {"endpointOutput": {"data": "?", "encoding": "BASE64"}},'
            b' "eventMetadata": {"eventId": "a"}}',
            "captureData.endpointOutput: data is not base64",
        ),
    ],
)
def test_a_malformed_line_is_put_aside_with_its_place_and_reason(line_of, side_of, line, reason):
    good = line_of("a", side_of(ASKED), side_of(ANSWERED))
    found = read_events([good, line, line_of("b", side_of(ASKED), side_of(ANSWERED))])
    assert [event.event_id for event in found.whole] == ["a", "b"]
    (aside,) = found.malformed
    assert (aside.number, aside.size_bytes, aside.reason) == (2, len(line), reason)


def test_a_file_cut_off_in_its_last_line_loses_only_that_line(line_of, side_of):
    body = b"\n".join(line_of(f"e{number}", side_of(ASKED), side_of(ANSWERED)) for number in range(3))
    found = read_events(body[:-20].split(b"\n"))
    assert (len(found.whole), len(found.malformed)) == (2, 1)
    assert json.loads(body.split(b"\n")[2])["eventMetadata"]["eventId"] == "e2"
