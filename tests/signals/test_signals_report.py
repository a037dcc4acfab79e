"""The page as a person gets it: its numbers, its words, and that it is whole and closed in itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from modelyard.cli.main import run

Record = dict[str, Any]
Recorded = Callable[..., Record]
Table = Callable[[Iterable[Record]], Path]
Signals = Callable[..., Any]

BEGIN = datetime(2026, 11, 21, 7)
VOID = {"meta", "link", "br", "img", "hr", "input"}
EXTERNAL = ("src", "href", "action", "data", "poster", "background", "srcset", "formaction")


class Checked(HTMLParser):
    """Reads a page and notes what is wrong with it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.wrong: list[str] = []
        self.references: list[str] = []
        self.texts: list[str] = []
        self.unlabelled = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.note(tag, attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.note(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes what is not open")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def note(self, tag: str, attributes: dict[str, str | None]) -> None:
        if attributes.get("id"):
            self.ids.append(str(attributes["id"]))
        self.references += [str(attributes[name]) for name in EXTERNAL if name in attributes]
        self.wrong += [f"{tag} {name}" for name in attributes if name.startswith("on")]
        self.unlabelled += tag == "svg" and not attributes.get("aria-label")


def busy(record: Recorded, number: int) -> Record:
    """Different every time, in a way that a test can count for itself."""
    fields = {"endpoint": "batch" if number % 3 == 0 else "support-chat"}
    return record(number, latency_ms=100.0 * (number % 10 + 1), team=("support", "sales")[number % 2], **fields)


def test_the_summary_says_what_the_records_say(signals: Signals, table: Table, record: Recorded) -> None:
    rows = [busy(record, number) for number in range(100)]
    rows[1] |= {"status": 503, "output_tokens": None, "time_to_first_token_ms": None}
    rows[2] |= {"status": 499, "stop_reason": "abort"}
    rows[4] |= {"stop_reason": "error", "dropped_before": 5}
    rows += rows[:20]
    said = signals(table(rows))
    assert (said.code, said.err) == (0, "")
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert lines == [
        "TTFT, ms TPOT, ms Latency, ms",
        "endpoint requests errors error share tokens in tokens out p50 p90 p99 p50 p90 p99 p50 p90 p99 "
        "busiest hour, UTC dropped records",
        "support-chat 66 2 3 % 6,600 650 40 40 40 20.2 20.2 20.2 500 900 1,000 2026-11-21 07h: 66 5",
        "batch 34 0 0 % 3,400 340 40 40 40 20.2 20.2 20.2 500 1,000 1,000 2026-11-21 07h: 34 0",
        "all endpoints 100 2 2 % 10,000 990 5",
        "",
        "100 requests from 2026-11-21 07:00 to 2026-11-21 07:02 UTC, drawn for each minute; "
        "20 copies of records dropped",
        f"wrote signals.html ({len(said.page.encode()) / 1000:,.0f} kB)",
    ]


def test_a_narrow_terminal_gets_fewer_columns_and_no_cut_figures(table: Table, record: Recorded) -> None:
    folder = table(record(number, endpoint="a-long-name-of-an-endpoint", latency_ms=123_456) for number in range(9))
    program = f"from modelyard.cli.main import run; run(['report', 'signals', '{folder}', '--output', '{folder}.html'])"
    terminal = {**os.environ, "COLUMNS": "80", "FORCE_COLOR": "1", "TERM": "dumb"}
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=terminal)
    lines = said.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[3].split()[-5:] == ["%", "40", "40", "123", "123"]
    assert "tokens" not in said.stdout and "…" not in said.stdout


def test_the_page_is_whole_and_refers_to_nothing_outside(signals: Signals, table: Table, record: Recorded) -> None:
    said = signals(table(busy(record, number) for number in range(50)))
    page = Checked(said.page)
    assert page.wrong == [] and page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert page.references and {reference[0] for reference in page.references} == {"#"}
    assert {reference[1:] for reference in page.references} <= set(page.ids)
    assert "http:" not in said.page and "https:" not in said.page and "@import" not in said.page
    assert "url(" not in said.page.replace("url(#", "")
    assert {"script", "iframe", "object", "link", "img", "image"}.isdisjoint(page.tags)


def test_every_plot_can_be_read_aloud_and_has_its_numbers_beside_it(
    signals: Signals, table: Table, record: Recorded
) -> None:
    said = signals(table(busy(record, number) for number in range(50)))
    page = Checked(said.page)
    assert page.unlabelled == 0
    plots = page.tags.count("svg")
    assert plots > 20
    assert plots == page.tags.count("figcaption") == page.tags.count("figure") == page.tags.count("details") - 1


def test_names_that_callers_choose_are_text_and_nothing_else(signals: Signals, table: Table, record: Recorded) -> None:
    nasty = ["<script>alert(1)</script>", "a$b$c", 'x" onload="y', "\x00\x1b[31m", "&amp;", "[red]", "日本", "z" * 200]
    rows = [record(number, endpoint=name, model=name, team=name) for number, name in enumerate(nasty)]
    rows += [record(100 + number, endpoint="all", team=name, variant=name) for number, name in enumerate(nasty)]
    said = signals(table(rows))
    page = Checked(said.page)
    assert (said.code, page.wrong, page.open) == (0, [], [])
    assert "script" not in page.tags
    for name in (
        "<script>alert(1)</script>",
        "a$b$c",
        'x" onload="y',
        "\N{REPLACEMENT CHARACTER}" * 2 + "[31m",
        "日本",
    ):
        assert name in page.texts
    assert "[red]" in said.out
    assert "\x00" not in said.page and "\x1b" not in said.page


def test_what_an_engine_does_not_tell_is_said_and_not_drawn(signals: Signals, table: Table, record: Recorded) -> None:
    silent = {"time_to_first_token_ms": None, "time_per_output_token_ms": None, "output_tokens": None}
    said = signals(table(record(number, engine="llm_cpu", **silent) for number in range(9)))
    assert "Not recorded by this engine (llm_cpu)." in said.page
    page = Checked(said.page)
    assert "Time to first token over time; Time per output token over time" in "".join(page.texts)
    assert "– – – – – –" in " ".join(said.out.split())
    # A null that is counted as zero would make a median of nothing.
    assert "Median 0 ms" not in said.page


def test_an_engine_that_tells_less_than_another_is_named(signals: Signals, table: Table, record: Recorded) -> None:
    rows = [
        record(number, engine=("vllm", "other")[number % 2], queue_ms=None if number % 2 else 3.0)
        for number in range(10)
    ]
    said = signals(table(rows))
    assert "Measured in 5 of 10 requests; not recorded by other." in said.page


def test_requests_that_all_failed_have_nothing_to_measure(signals: Signals, table: Table, record: Recorded) -> None:
    nothing = {name: None for name in ("time_to_first_token_ms", "queue_ms", "output_tokens", "stop_reason")}
    said = signals(table(record(n, status=503, **nothing) for n in range(5)))
    assert "No request was answered, so there is nothing to measure." in said.page


def test_the_same_records_make_the_same_bytes(signals: Signals, table: Table, record: Recorded) -> None:
    folder = table(busy(record, number) for number in range(50))
    assert signals(folder).page == signals(folder).page


def test_a_span_and_endpoints_limit_what_is_read(signals: Signals, table: Table, record: Recorded) -> None:
    rows = [record(number, time=BEGIN + timedelta(minutes=10 * number)) for number in range(24)]
    rows += [record(100, endpoint="other", time=BEGIN)]
    folder = table(rows)
    said = signals(folder, "--from", "2026-11-21T08:00", "--to", "2026-11-21T11:00+01:00", "--endpoint", "support-chat")
    assert "12 requests from 2026-11-21 08:00 to 2026-11-21 10:00 UTC" in said.out
    # The files of hours outside the span are not opened.
    (folder / "date=2026-11-21" / "hour=07" / "2026/11/21/11" / "7.parquet").write_bytes(b"broken")
    assert signals(folder, "--from", "2026-11-21T08:00").code == 0


def test_objectives_of_the_entry_are_drawn_and_judged(
    signals: Signals, table: Table, record: Recorded, catalog: Any
) -> None:
    entry = (catalog.folder / "endpoints" / "chat.yaml").read_text()
    slo = "slo: {latency_p99_seconds: 0.5, time_to_first_token_p90_seconds: 2, server_error_percent: 20}\n"
    (catalog.folder / "endpoints" / "chat.yaml").write_text(entry + slo)
    rows = [record(number, endpoint="chat", latency_ms=100.0 * number, status=500 if number == 3 else 200)
            for number in range(10)]  # fmt: skip
    said = signals(table(rows), "--catalog", catalog.folder)
    assert (said.code, said.err) == (0, "")
    assert "Objective p99 of at most 500 ms: missed over all, over it in 1 of 1 steps." in said.page
    assert "Objective p90 of at most 2 s: held over all, and in every step." in said.page
    assert "Objective of at most 20 % server errors: held over all, and in every step." in said.page
    texts = Checked(said.page).texts
    assert "objective: p99 500 ms" in texts and "objective: p90 2 s ↑" in texts


def test_without_a_catalog_the_page_says_how_to_see_objectives(
    signals: Signals, table: Table, record: Recorded
) -> None:
    said = signals(table([record(1)]))
    assert "Objectives are not shown, because no catalog was read" in said.page


def test_other_commands_do_not_wait_for_what_draws() -> None:
    program = (
        "import sys; from modelyard.cli.main import run; run(['check', '--all-environments']); "
        "run(['report', 'signals', '--help']); "
        "print(sorted({'duckdb', 'jinja2', 'matplotlib', 'numpy', 'boto3'} & set(sys.modules)), file=sys.stderr)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stderr.strip() == "[]"


def test_the_verb_names_its_reports(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "--help"]) == 0
    assert "signals" in capfd.readouterr().out
