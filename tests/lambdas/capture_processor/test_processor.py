"""A raw file's copy holds each event once, whatever is repeated, split, broken or interrupted."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
from botocore.exceptions import ClientError

from lambdas.capture_processor.capture_store import CaptureStore
from lambdas.capture_processor.metric_publication import MetricPublication
from lambdas.capture_processor.processor import CaptureProcessor
from lambdas.capture_processor.raw_key import NoRawCapture

FOLDER = "keep-30-days/prod-chat/AllTraffic"
COPY = f"{FOLDER}/2026/11/21/07/a.jsonl"
RAW = f"raw/as-is/{COPY}"
REDACTED = f"raw/redact/{COPY}"
DRIFT = "drift/prod-chat/AllTraffic.json"


@pytest.fixture
def processor(s3, cloudwatch):
    store = CaptureStore(s3, bucket="capture")
    return CaptureProcessor(store=store, metrics=MetricPublication(cloudwatch), baseline_records=4, window_records=2)


@pytest.fixture
def asked(side_of):
    return side_of({"messages": [{"role": "user", "content": "what is the mail of jo@example.com?"}]})


@pytest.fixture
def answered(side_of):
    usage = {"prompt_tokens": 9, "completion_tokens": 4}
    return side_of({"choices": [{"message": {"content": "I can't help with that"}}], "usage": usage})


def put(s3, key, *lines):
    s3.objects[key] = (b"\n".join(lines) + b"\n", {})


def test_a_whole_event_becomes_one_record_with_tokens_and_lengths(s3, processor, line_of, asked, answered):
    put(s3, RAW, line_of("e1", asked, answered, inferenceId="mine", customAttributes=["x"]))
    assert processor.process(RAW).done == "copied"
    (record,) = s3.lines(COPY)
    assert record == {
        "record": "modelyard.capture/1",
        "event_id": "e1",
        "inference_id": "mine",
        "time": "2026-11-21T07:00:00Z",
        "endpoint": "prod-chat",
        "variant": "AllTraffic",
        "custom_attributes": ["x"],
        "input": {"content_type": "application/json", "form": "json", "body": json.loads(asked["data"])},
        "output": {"content_type": "application/json", "form": "json", "body": json.loads(answered["data"])},
        "input_characters": 35,
        "output_characters": 22,
        "input_tokens": 9,
        "output_tokens": 4,
        "cached_input_tokens": None,
        "language": "en",
        "refused": True,
        "redacted": False,
        "replaced": {},
    }


def test_where_it_is_asked_for_nothing_that_is_written_holds_personal_data(
    s3, processor, line_of, side_of, asked, answered
):
    mail = ["caller=jo@example.com"]
    half = line_of("e2", answered=side_of([{"generated_text": "jo@example.com"}]))
    broken = b'{"captureData": "jo@example.com"}'
    put(s3, REDACTED, line_of("e1", asked, answered, inferenceId="jo@example.com", customAttributes=mail), half, broken)
    processor.process(REDACTED)
    written = {key: body for key, (body, _) in s3.objects.items() if key != REDACTED}
    assert set(written) == {COPY, COPY.replace(".jsonl", ".malformed.jsonl"), f"{FOLDER}/joined/e2.jsonl", DRIFT}
    assert not [key for key, body in written.items() if b"jo@example.com" in body]
    (record,) = s3.lines(COPY)
    assert (record["redacted"], record["replaced"]) == (True, {"email": 3})
    assert record["custom_attributes"] == ["caller=[email]"]
    # Lengths stay those of what was said.
    assert record["input_characters"] == 35


def test_broken_lines_lie_beside_the_copy_with_their_reason(s3, processor, cloudwatch, line_of, asked, answered):
    put(s3, RAW, b"broken", line_of("e1", asked, answered))
    processor.process(RAW)
    assert [record["event_id"] for record in s3.lines(COPY)] == ["e1"]
    (aside,) = s3.lines(f"{COPY.removesuffix('.jsonl')}.malformed.jsonl")
    assert aside == {"source": RAW, "line": 1, "bytes": 6, "reason": "it is not JSON", "text": "broken"}
    assert cloudwatch.values("LinesMalformed") == [1]


@pytest.mark.parametrize("first", ["input", "output"])
def test_sides_in_two_files_become_one_record_whichever_comes_first(s3, processor, line_of, asked, answered, first):
    other = RAW.replace("07/a.jsonl", "08/b.jsonl")
    lines = {"input": line_of("e1", asked=asked), "output": line_of("e1", answered=answered)}
    put(s3, RAW, lines.pop(first))
    put(s3, other, *lines.values())
    processor.process(RAW)
    (half,) = s3.lines(f"{FOLDER}/joined/e1.jsonl")
    assert (half["input"] is None) == (first == "output")
    processor.process(other)
    (record,) = s3.lines(f"{FOLDER}/joined/e1.jsonl")
    assert record["input"]["body"] and record["output"]["body"]
    assert (record["input_tokens"], record["input_characters"], record["refused"]) == (9, 35, True)
    assert s3.lines(COPY) == s3.lines(COPY.replace("07/a.jsonl", "08/b.jsonl")) == []


def test_two_processors_at_one_event_lose_neither_side(s3, processor, line_of, asked, answered):
    other = RAW.replace("a.jsonl", "b.jsonl")
    put(s3, RAW, line_of("e1", asked=asked))
    put(s3, other, line_of("e1", answered=answered))
    # The other file is processed between this one's look at the event and its write.
    s3.before_put = lambda key: processor.process(other)
    processor.process(RAW)
    (record,) = s3.lines(f"{FOLDER}/joined/e1.jsonl")
    assert record["input"] and record["output"]
    assert json.loads(s3.objects[DRIFT][0])["baseline"]["records"] == 2


def test_an_event_id_that_is_no_file_name_stays_below_its_prefix(s3, processor, line_of, asked):
    put(s3, RAW, line_of("../../other/e1", asked=asked))
    processor.process(RAW)
    (key,) = [key for key in s3.objects if "/joined/" in key]
    assert key.startswith(f"{FOLDER}/joined/") and ".." not in key


def test_an_event_that_s3_tells_twice_changes_and_counts_nothing(s3, processor, cloudwatch, line_of, asked, answered):
    put(s3, RAW, line_of("e1", asked, answered), line_of("e2", asked=asked))
    processor.process(RAW)
    before, writes = dict(s3.objects), len(s3.writes)
    assert processor.process(RAW).done == "repeated"
    assert (s3.objects, len(s3.writes), len(cloudwatch.calls)) == (before, writes, 1)


def test_after_a_failure_the_repetition_completes_it_and_drift_counts_once(
    s3, processor, cloudwatch, line_of, asked, answered
):
    put(s3, RAW, line_of("e1", asked, answered))
    cloudwatch.failures = 1
    with pytest.raises(Exception, match="Throttling"):
        processor.process(RAW)
    assert COPY not in s3.objects
    assert processor.process(RAW).done == "copied"
    assert len(s3.lines(COPY)) == 1
    assert json.loads(s3.objects[DRIFT][0])["baseline"]["records"] == 1


def test_a_window_that_cloudwatch_was_not_told_of_is_told_by_the_repetition(
    s3, processor, cloudwatch, line_of, asked, answered
):
    put(s3, RAW, *(line_of(f"e{number}", asked, answered) for number in range(6)))
    cloudwatch.failures = 1
    with pytest.raises(ClientError):
        processor.process(RAW)
    processor.process(RAW)
    assert len(cloudwatch.values("LanguagePsi")) == 1


def test_files_that_all_instances_close_at_once_are_all_counted(s3, cloudwatch, line_of, asked, answered):
    def slow(call):
        def later(**request):
            time.sleep(0.002)
            with one_at_a_time:
                return call(**request)

        return later

    one_at_a_time = Lock()
    s3.get_object, s3.put_object = slow(s3.get_object), slow(s3.put_object)
    store = CaptureStore(s3, bucket="capture", sleep=lambda seconds: time.sleep(seconds / 20))
    processor = CaptureProcessor(
        store=store, metrics=MetricPublication(cloudwatch), baseline_records=100, window_records=2
    )
    keys = [RAW.replace("a.jsonl", f"{number}.jsonl") for number in range(40)]
    for number, key in enumerate(keys):
        put(s3, key, line_of(f"e{number}", asked, answered))
    with ThreadPoolExecutor(40) as files:
        assert {outcome.done for outcome in files.map(processor.process, keys)} == {"copied"}
    (drift,) = s3.lines(DRIFT)
    assert drift["baseline"]["records"] == 40


def test_a_replaced_raw_file_replaces_its_copy(s3, processor, line_of, asked, answered):
    put(s3, RAW, line_of("e1", asked, answered))
    processor.process(RAW)
    put(s3, RAW, line_of("e2", asked, answered))
    assert processor.process(RAW).done == "copied"
    assert [record["event_id"] for record in s3.lines(COPY)] == ["e2"]


@pytest.mark.parametrize("depth", [70, 400, 900, 5000])
def test_a_body_that_is_nested_to_break_its_reader_costs_nobody_else(
    s3, processor, line_of, side_of, asked, answered, depth
):
    nested = side_of('{"a":' * depth + '"jo@example.com"' + "}" * depth)
    put(s3, REDACTED, line_of("e1", nested, answered), line_of("e2", asked, answered))
    assert processor.process(REDACTED).done == "copied"
    first, second = s3.lines(COPY)
    assert (first["input"]["form"], second["input"]["form"]) == ("text", "json")
    assert b"jo@example.com" not in s3.objects[COPY][0]


def test_a_file_that_is_gone_is_no_failure(processor):
    assert processor.process(RAW).done == "gone"


@pytest.mark.parametrize("key", [COPY, "raw/other/keep-1-days/e/v/a.jsonl", "raw/redact/keep-1-days/e/a.jsonl", ""])
def test_another_key_is_refused(processor, key):
    with pytest.raises(NoRawCapture):
        processor.process(key)


def test_a_full_window_tells_how_far_it_lies_from_the_first_records(s3, processor, cloudwatch, line_of, side_of):
    def file(name, text, answer, count):
        key = RAW.replace("a.jsonl", name)
        asked, answered = side_of({"inputs": text}), side_of([{"generated_text": answer}])
        put(s3, key, *(line_of(f"{name}-{number}", asked, answered) for number in range(count)))
        processor.process(key)

    file("a.jsonl", "what is the weather", "It is fine.", 4)
    assert not cloudwatch.values("LanguagePsi")
    file("b.jsonl", "what is the weather", "It is fine.", 2)
    assert cloudwatch.values("LanguagePsi") == cloudwatch.values("RefusalPsi") == [0]
    assert cloudwatch.values("RefusalShare") == [0]
    file("c.jsonl", "wie ist das Wetter und was kann ich tun " * 9, "I cannot help with that.", 2)
    for name in ("InputLengthPsi", "LanguagePsi", "RefusalPsi", "InputLengthKl", "LanguageKl", "RefusalKl"):
        assert cloudwatch.values(name)[1] > 1, name
    assert cloudwatch.values("OutputLengthPsi")[1] == 0
    assert cloudwatch.values("RefusalShare") == [0, 100]
    assert cloudwatch.calls[-1]["Namespace"] == "modelyard/Capture"
    assert cloudwatch.calls[-1]["MetricData"][0]["Dimensions"] == [
        {"Name": "EndpointName", "Value": "prod-chat"},
        {"Name": "VariantName", "Value": "AllTraffic"},
    ]


def test_a_baseline_that_somebody_wrote_is_used_and_a_deleted_one_begins_anew(
    s3, processor, cloudwatch, line_of, asked, answered
):
    counts = {"Language": {"de": 100}, "Refusal": {"no": 100}}
    s3.objects[DRIFT] = (json.dumps({"baseline": {"records": 100, "counts": counts}}).encode(), {})
    put(s3, RAW, line_of("e1", asked, answered), line_of("e2", asked, answered))
    processor.process(RAW)
    assert cloudwatch.values("LanguagePsi")[0] > 1
    assert not cloudwatch.values("InputLengthPsi")
    del s3.objects[DRIFT]
    put(s3, RAW, line_of("e3", asked, answered))
    processor.process(RAW)
    assert json.loads(s3.objects[DRIFT][0])["baseline"]["records"] == 1
