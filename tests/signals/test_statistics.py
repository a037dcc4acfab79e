"""Every figure of a report, held against a count that knows nothing of DuckDB."""

from __future__ import annotations

import math
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.signals.distribution import distribution
from modelyard.signals.measure import MEASURES
from modelyard.signals.records import Records, records_of
from modelyard.signals.request_files import folder_files
from modelyard.signals.span import Span, timeline
from modelyard.signals.statistics import PERCENTILES, Totals, endpoint_summaries, over_time, shares

Record = dict[str, Any]
Recorded = Callable[..., Record]

BEGIN = datetime(2026, 11, 21, 7)
DURATION = st.none() | st.floats(0, 1e6, allow_subnormal=False) | st.integers(0, 20).map(float)
TOKENS = st.none() | st.integers(0, 5000)
FIELDS = st.fixed_dictionaries(
    {
        "time": st.integers(0, 3 * 3600 * 1000).map(lambda ms: BEGIN + timedelta(milliseconds=ms)),
        "endpoint": st.sampled_from(["support-chat", "batch", "other"]),
        "team": st.sampled_from(["support", "sales", None]),
        "status": st.sampled_from([200, 200, 200, 302, 400, 429, 499, 500, 503]),
        "stop_reason": st.sampled_from(["stop", "length", "error", None]),
        "queue_ms": DURATION,
        "time_to_first_token_ms": DURATION,
        "time_per_output_token_ms": DURATION,
        "latency_ms": st.floats(0, 1e6, allow_subnormal=False),
        "input_tokens": TOKENS,
        "output_tokens": TOKENS,
        "dropped_before": st.integers(0, 3),
    }
)


def counted(rows: list[Record], *, copies: int = 0) -> dict[str, object]:
    """What `Totals` says of rows, by hand."""
    broke = [row["stop_reason"] == "error" or row["status"] >= 500 for row in rows]
    found: dict[str, object] = {
        "requests": len(rows),
        "server_errors": sum(broke),
        "client_errors": sum(not b and 400 <= row["status"] < 499 for row, b in zip(rows, broke, strict=True)),
        "callers_left": sum(not b and row["status"] == 499 for row, b in zip(rows, broke, strict=True)),
        "answered": sum(not b and row["status"] < 400 for row, b in zip(rows, broke, strict=True)),
        "dropped": sum(row["dropped_before"] for row in rows),
    }
    for name in ("input_tokens", "output_tokens"):
        there = [row[name] for row in rows if row[name] is not None]
        found[name] = sum(there) if there else None
    for measure in MEASURES:
        values = sorted(row[measure.column] for row in rows if row[measure.column] is not None)
        ranks = [values[math.ceil(percent * len(values) / 100) - 1] for percent in PERCENTILES] if values else None
        found[measure.column] = (len(values), ranks)
    return found


def said(totals: Totals) -> dict[str, object]:
    """The same of what was computed."""
    found: dict[str, object] = {
        name: getattr(totals, name)
        for name in ("requests", "server_errors", "client_errors", "callers_left", "answered", "dropped")
    }
    found |= {"input_tokens": totals.input_tokens, "output_tokens": totals.output_tokens}
    for measure in MEASURES:
        there = totals.durations.get(measure.column)
        found[measure.column] = (there.measured, [there.p50, there.p90, there.p99]) if there else (0, None)
    return found


def judge(records: Records, rows: list[Record]) -> None:
    """Every total of a table against the rows it was made of, each of which counts once."""
    by_endpoint: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        by_endpoint[row["endpoint"]].append(row)
    summaries = endpoint_summaries(records)
    assert {each.name: said(each.totals) for each in summaries} == {
        name: counted(some) for name, some in by_endpoint.items()
    }
    for each in summaries:
        some = by_endpoint[each.name]
        hours = Counter(row["time"].replace(minute=0, second=0, microsecond=0) for row in some)
        assert hours[each.busiest_hour] == each.busiest_hour_requests == max(hours.values())
        teams = {part.value[0]: said(part.totals) for part in shares(records, each.name, "team")}
        assert teams == {team: counted([row for row in some if row["team"] == team]) for team in teams}
        assert sum(len([row for row in some if row["team"] == team]) for team in teams) == len(some)
        for column in ("latency_ms", "time_to_first_token_ms", "input_tokens"):
            found = distribution(records, each.name, column, whole_numbers=column == "input_tokens")
            values = [row[column] for row in some if row[column] is not None]
            assert (sum(found.counts) + found.beyond if found else 0) == len(values)
            if found:
                for low, high, number in zip(found.edges[1:-1], found.edges[2:], found.counts[1:], strict=True):
                    assert sum(low < value <= high for value in values) == number
    line = timeline(Span(), first=records.first, last=records.last)
    steps = over_time(records, line)
    for name, some in by_endpoint.items():
        assert set(steps[name]) <= set(range(line.steps))
        for step, totals in steps[name].items():
            begin = line.begin(step)
            inside = [row for row in some if begin <= row["time"] < begin + line.step]
            assert said(totals) == counted(inside)
        assert sum(totals.requests for totals in steps[name].values()) == len(some)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FIELDS, min_size=1, max_size=60), st.data())
def test_all_figures_equal_an_independent_count_with_every_request_once(
    record: Recorded, write: Callable[..., Path], fields: list[Record], data: st.DataObject
) -> None:
    rows = [record(number, **each) for number, each in enumerate(fields)]
    copies = data.draw(st.lists(st.sampled_from(rows), max_size=10))
    with tempfile.TemporaryDirectory() as folder:
        table = write(Path(folder) / "requests", [*rows, *copies])
        files = folder_files(table, Span())
        with records_of(files, span=Span(), endpoints=(), scratch=Path(folder), source="here") as records:
            assert (records.requests, records.copies) == (len(rows), len(copies))
            judge(records, rows)


@pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"])
def test_times_are_read_in_utc_in_whatever_type_an_engine_wrote_them(
    record: Recorded, write: Callable[..., Path], tmp_path: Path, kind: str
) -> None:
    ended = datetime(2026, 11, 21, 23, 59, 59, 123_000)
    stored = ended.replace(tzinfo=UTC) if kind.endswith("ZONE") else ended
    table = write(tmp_path / "requests", [record(1, time=stored)], time=kind)
    files = folder_files(table, Span())
    with records_of(files, span=Span(), endpoints=(), scratch=tmp_path, source="here") as records:
        assert records.first == records.last == ended


@pytest.mark.parametrize(
    ("hours", "step", "most"),
    [(0.01, "minute", 2), (1, "minute", 61), (24, "30 minutes", 49), (168, "3 hours", 57), (9600, "week", 59)],
)
def test_steps_are_fine_but_not_too_many(hours: float, step: str, most: int) -> None:
    line = timeline(Span(), first=BEGIN, last=BEGIN + timedelta(hours=hours))
    assert line.step_words == step
    assert line.steps <= most
    assert line.begin(0) <= BEGIN and line.begin(line.steps) > BEGIN + timedelta(hours=hours)


def test_a_step_that_the_span_cuts_counts_for_what_is_left_of_it() -> None:
    span = Span(start=datetime(2026, 11, 21, 7, 20), end=datetime(2026, 11, 23, 9))
    line = timeline(span, first=BEGIN, last=BEGIN + timedelta(days=1))
    assert (line.step, line.start, line.begin(0)) == (timedelta(hours=1), span.start, datetime(2026, 11, 21, 7))
    assert [line.covered_seconds(0), line.covered_seconds(1)] == [2400, 3600]
    assert line.begin(line.steps) == span.end
