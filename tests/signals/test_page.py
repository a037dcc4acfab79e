"""How large a page becomes, and what it says of what it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from modelyard.signals import page as page_module
from modelyard.signals.page import page
from modelyard.signals.records import records_of
from modelyard.signals.request_files import folder_files
from modelyard.signals.span import Span, timeline

Record = dict[str, Any]
Recorded = Callable[..., Record]
Table = Callable[[Iterable[Record]], Path]
Signals = Callable[..., Any]


def test_a_page_ends_where_it_would_become_too_large_and_names_the_rest(
    table: Table, record: Recorded, tmp_path: Path
) -> None:
    folder = table(record(number, endpoint=f"endpoint-{number % 4}") for number in range(30))
    files = folder_files(folder, Span())
    with records_of(files, span=Span(), endpoints=(), scratch=tmp_path, source="here") as records:
        line = timeline(Span(), first=records.first, last=records.last)
        whole = page(records, line=line, source="here", objectives=None, version="1")
        half = page(records, line=line, source="here", objectives=None, version="1", most_bytes=len(whole.html) // 2)
    assert whole.not_drawn == ()
    assert half.not_drawn and len(half.html) < len(whole.html) * 0.6
    assert f"Without plots, because the page would become too large: {', '.join(half.not_drawn)}." in half.html
    for place in range(4):
        drawn = f"endpoint-{place}" not in half.not_drawn
        assert (f'<a href="#endpoint-{place}">' in half.html) == drawn
        assert (f'<section id="endpoint-{place}"' in half.html) == drawn
    assert half.fleet == whole.fleet


def test_the_command_says_which_endpoints_it_left_out(
    signals: Signals, table: Table, record: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "MOST_BYTES", 1)
    said = signals(table(record(number, endpoint=f"endpoint-{number % 2}") for number in range(3)))
    assert said.code == 0
    assert said.err == (
        "1 endpoint has no plots, because the page would become too large (endpoint-1): name it with --endpoint\n"
    )


def test_a_plot_does_not_grow_with_the_records(signals: Signals, table: Table, record: Recorded) -> None:
    few = signals(table(record(number * 60, latency_ms=100 + number % 7) for number in range(60)))
    more = signals(table(record(number * 6 + 1, latency_ms=100 + number % 7) for number in range(600)))
    assert len(more.page) < 1.2 * len(few.page)
