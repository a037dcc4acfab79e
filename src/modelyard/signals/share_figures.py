"""One endpoint's requests by what tells them apart: how they ended, who asked, what answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus

from modelyard.signals import quantity
from modelyard.signals.bar_chart import Bar, bars
from modelyard.signals.chart import BLUE, GREY, VERMILION
from modelyard.signals.figure import Figure, FigureTable, sentence
from modelyard.signals.measure import FIRST_TOKEN, LATENCY
from modelyard.signals.records import Records
from modelyard.signals.statistics import EndpointSummary, Percentiles, Share, absent_by_engine, percentiles_of, shares

_MOST_BARS = 8
_MOST_ROWS = 50
_CALLER_LEFT = "499"
_COLUMNS = ("requests", "share", "errors", "tokens in", "tokens out", "TTFT p50", "latency p50", "latency p99")
_SILENT = "not said"


def share_figures(records: Records, summary: EndpointSummary, *, prefix: str) -> list[Figure]:
    """Statuses and stop reasons always; teams, models, variants and engines where there is more than one."""
    found = [
        _figure(
            summary,
            "Status codes",
            "status",
            shares(records, summary.name, "status"),
            _status,
            prefix=f"{prefix}-status",
        ),
        _stop_reasons(records, summary, prefix=f"{prefix}-stop"),
    ]
    for title, column, words, columns in (
        ("Requests by team", "team", _silent, ("team",)),
        ("Requests by model and adapter", "model", _model, ("model", "adapter")),
        ("Requests by variant", "variant", _silent, ("variant",)),
        ("Requests by engine", "engine", _silent, ("engine",)),
    ):
        parts = shares(records, summary.name, *columns)
        if len(parts) > 1:
            found.append(_figure(summary, title, column, parts, words, prefix=f"{prefix}-{column}"))
    return found


def _stop_reasons(records: Records, summary: EndpointSummary, *, prefix: str) -> Figure:
    title = "Why answers stopped"
    parts = shares(records, summary.name, "stop_reason")
    if [part.value for part in parts] == [(None,)]:
        if not summary.totals.answered:
            return Figure(title=title, caption="No request was answered.")
        engines = absent_by_engine(records, summary.name, "stop_reason")
        return Figure(title=title, caption=f"Not recorded by this engine ({', '.join(map(quantity.name, engines))}).")
    return _figure(summary, title, "stop reason", parts, lambda value: quantity.name(value[0] or "none"), prefix=prefix)


def _figure(
    summary: EndpointSummary,
    title: str,
    column: str,
    parts: Sequence[Share],
    words: Callable[[tuple[str | None, ...]], str],
    *,
    prefix: str,
) -> Figure:
    requests = summary.totals.requests
    rows = [
        Bar(
            label=words(part.value),
            value=f"{quantity.count(part.totals.requests)}, {quantity.share(part.totals.requests, requests)}",
            length=part.totals.requests,
            color=_color(column, part),
        )
        for part in parts[:_MOST_BARS]
    ]
    rest = sum(part.totals.requests for part in parts[_MOST_BARS:])
    if rest:
        rows.append(
            Bar(
                label=f"{len(parts) - _MOST_BARS} others",
                value=f"{quantity.count(rest)}, {quantity.share(rest, requests)}",
                length=rest,
                color=GREY,
            )
        )
    first = parts[0]
    caption = sentence(
        [
            f"most requests: {words(first.value)} ({quantity.share(first.totals.requests, requests)})"
            if len(parts) > 1
            else f"all {quantity.requests(requests)}: {words(first.value)}",
            f"the table has the {_MOST_ROWS} largest of {len(parts)}" if len(parts) > _MOST_ROWS else "",
        ]
    )
    return Figure(
        title=title,
        caption=caption,
        svg=bars(rows, label=f"{title} of {summary.shown_name}. {caption}", prefix=prefix),
        table=FigureTable(
            columns=(column, *_COLUMNS),
            rows=tuple((words(part.value), *_cells(part, requests)) for part in parts[:_MOST_ROWS]),
        ),
    )


def _cells(part: Share, requests: int) -> tuple[str, ...]:
    totals = part.totals
    latency = percentiles_of(totals, LATENCY)
    first = percentiles_of(totals, FIRST_TOKEN)
    return (
        quantity.count(totals.requests),
        quantity.share(totals.requests, requests),
        quantity.share(totals.errors, totals.requests),
        quantity.count(totals.input_tokens),
        quantity.count(totals.output_tokens),
        quantity.duration(_at(first, 50)),
        quantity.duration(_at(latency, 50)),
        quantity.duration(_at(latency, 99)),
    )


def _at(measured: Percentiles | None, percent: int) -> float | None:
    return None if measured is None else measured.of(percent)


def _color(column: str, part: Share) -> str:
    if column == "status" and part.value[0] == _CALLER_LEFT:
        return GREY
    return VERMILION if 2 * part.totals.errors > part.totals.requests else BLUE


def _status(value: tuple[str | None, ...]) -> str:
    code = value[0] or ""
    if code == _CALLER_LEFT:
        return f"{code} caller left"
    try:
        return f"{code} {HTTPStatus(int(code)).phrase}"
    except ValueError:
        return code


def _silent(value: tuple[str | None, ...]) -> str:
    return quantity.name(value[0]) if value[0] is not None else _SILENT


def _model(value: tuple[str | None, ...]) -> str:
    model, adapter = value
    base = quantity.name(model) if model is not None else _SILENT
    return base if adapter is None else f"{base} + {quantity.name(adapter)}"
