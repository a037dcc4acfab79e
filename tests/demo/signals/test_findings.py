"""What the demo of signals takes for a difference, and how it reads table and percentiles."""

from __future__ import annotations

import base64
import io
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from modelyard.demo.signals.agreement import Agreement, CountedTotals, agreements, totals_of_records, totals_of_sender
from modelyard.demo.signals.load import Sender, Sent
from modelyard.demo.signals.load import tasks as planned
from modelyard.demo.signals.metrics import PublishedDistribution, percentile
from modelyard.demo.signals.patience import patiently
from modelyard.demo.signals.request_table import QueriedTable
from modelyard.demo.signals.roles import Attempt, Call
from modelyard_constructs.request_columns import COLUMNS, once_sql

TOTALS = CountedTotals(requests=3, refused=1, input_tokens=40, output_tokens=12)


def record(number: int, **fields: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(COLUMNS),
        "record_id": f"{number:032x}",
        "time": "2026-11-21T07:00:00.123",
        "endpoint": "chat",
        "team": "support",
        "status": 200,
        "input_tokens": 20,
        "output_tokens": 6,
        **fields,
    }


REQUESTS = [record(1), record(2), record(3, status=400, input_tokens=None, output_tokens=None)]


def test_figures_agree_only_if_all_places_say_what_was_sent() -> None:
    same = agreements(sent=TOTALS, kinesis=TOTALS, cloudwatch=TOTALS, table=TOTALS)
    assert [one.equal for one in same] == [True] * 4
    twice = replace(TOTALS, requests=4)
    for place in ("kinesis", "cloudwatch", "table"):
        places = {"kinesis": TOTALS, "cloudwatch": TOTALS, "table": TOTALS, place: twice}
        assert [one.equal for one in agreements(sent=TOTALS, **places)] == [False, True, True, True]


def test_sender_and_records_are_counted_alike() -> None:
    refused = Sent(endpoint="chat", team="support", request_id="1", streamed=False, status=400)
    answered = replace(refused, status=200, input_tokens=20, output_tokens=6)
    assert totals_of_sender([answered, answered, refused]) == totals_of_records(REQUESTS) == TOTALS


def test_a_figure_that_differs_is_shown_as_it_is_everywhere() -> None:
    one = Agreement(what="requests", sent=3, kinesis=3, cloudwatch=4, table=3)
    assert not one.equal


@pytest.mark.parametrize(("percent", "value"), [(0, 1.0), (50, 2.5), (90, 3.7), (100, 4.0)])
def test_percentiles_lie_between_the_nearest_ranks(percent: float, value: float) -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], percent) == pytest.approx(value)
    with duckdb.connect() as table:
        ((known,),) = table.execute(
            f"SELECT quantile_cont(x, {percent / 100}) FROM unnest([1.0, 2.0, 3.0, 4.0]::DOUBLE[]) AS t(x)"
        ).fetchall()
    assert percentile([1.0, 2.0, 3.0, 4.0], percent) == pytest.approx(known)


def test_the_percentile_that_is_farthest_apart_counts() -> None:
    apart = PublishedDistribution(
        endpoint="chat",
        metric="RequestLatency",
        count=10,
        cloudwatch={50: 100.0, 90: 205.0, 99: 300.0},
        records={50: 100.0, 90: 200.0, 99: 300.0},
    )
    assert apart.farthest_percent == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("allowed", "error", "as_meant"),
    [
        (True, None, True),
        (True, "AccessDenied", False),
        (False, "AccessDenied", True),
        (False, "AccessDeniedException", True),
        (False, None, False),
        # Refused for another reason than IAM says nothing about the role.
        (False, "ResourceNotFoundException", False),
    ],
)
def test_a_role_is_as_meant_only_where_iam_itself_decided(allowed: bool, error: str | None, as_meant: bool) -> None:
    call = Call(what="read", service="s3", operation="get_object", allowed=allowed)
    assert Attempt(call=call, error=error).as_meant is as_meant


def test_every_third_request_is_streamed_and_every_team_asks_every_endpoint() -> None:
    every = planned(["one", "two"], ["a", "b"], each=12)
    assert len(every) == 24
    assert sum(task.streamed for task in every) == 8
    assert {(task.endpoint, task.team) for task in every} == {(e, t) for e in ("one", "two") for t in ("a", "b")}


class Interrupted:
    """A runtime that answers everything, and counts."""

    def __init__(self) -> None:
        self.calls = 0

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        self.calls += 1
        time.sleep(0.01)
        answer = {"choices": [{"message": {"content": "Yes."}}], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}
        return {"Body": io.BytesIO(json.dumps(answer).encode())}


def test_ctrl_c_while_requests_are_sent_sends_no_more_of_them() -> None:
    runtime = Interrupted()
    every = [replace(task, streamed=False) for task in planned(["one"], ["a"], each=400)]

    def interrupt(number: int) -> None:
        if number == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Sender(runtime).send_all(every, on_sent=interrupt)
    assert runtime.calls < 100


def test_waiting_ends_with_what_is_there_when_it_is_never_enough() -> None:
    seen = iter(range(100))
    assert patiently(lambda: next(seen), enough=lambda number: number == 1) == 1
    assert patiently(lambda: 7, enough=lambda number: False, patience_seconds=0) == 7


class Bucket:
    """The bucket of a table in which a delivery came twice, and the Glue catalog that has its view."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, rows: list[dict[str, Any]]) -> None:
        path = self.folder / "requests" / "date=2026-11-21" / "hour=07" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = self.folder / f"{name}.jsonl"
        lines.write_text("\n".join(map(json.dumps, rows)))
        with duckdb.connect() as table:
            table.execute(f"COPY (SELECT * FROM read_json('{lines}')) TO '{path}' (FORMAT parquet)")

    def get_paginator(self, operation: str) -> Bucket:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> list[dict[str, Any]]:
        files = sorted((self.folder / Prefix).rglob("*.parquet"))
        found = [{"Key": str(path.relative_to(self.folder)), "Size": path.stat().st_size} for path in files]
        return [{"Contents": found}] if found else [{}]

    def download_file(self, bucket: str, key: str, path: str) -> None:
        shutil.copy(self.folder / key, path)

    def get_table(self, *, DatabaseName: str, Name: str) -> dict[str, Any]:
        stored = base64.b64encode(json.dumps({"originalSql": once_sql("requests")}).encode()).decode()
        return {"Table": {"ViewOriginalText": f"/* Presto View: {stored} */"}}


def test_the_table_is_read_through_its_view_so_that_copies_count_once(tmp_path: Path) -> None:
    bucket = Bucket(tmp_path / "s3")
    table = QueriedTable(s3=bucket, glue=bucket, bucket="b", database="d", folder=tmp_path / "here")
    assert table.read().requests == 0
    bucket.write("first", REQUESTS)
    bucket.write("again", REQUESTS[:2])
    content = table.read()
    assert (content.files, content.rows, content.requests, content.refused) == (2, 5, 3, 1)
    assert (content.input_tokens, content.output_tokens) == (40, 12)
    assert content.by_team == (("chat", "support", 3, 1, 40, 12),)
