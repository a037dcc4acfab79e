"""Requests, errors and tokens of one endpoint over time, and how many tokens a request has."""

from __future__ import annotations

from modelyard.signals import quantity
from modelyard.signals.bar_chart import histogram
from modelyard.signals.chart import BLUE, GREY, ORANGE, VERMILION, ThresholdLine
from modelyard.signals.distribution import distribution
from modelyard.signals.duration_figures import absent, beyond_words
from modelyard.signals.figure import Figure, bin_table, sentence, time_table
from modelyard.signals.objective import Objectives
from modelyard.signals.records import Records
from modelyard.signals.span import Timeline, clock
from modelyard.signals.statistics import EndpointSummary, Totals
from modelyard.signals.time_chart import Series, areas_over_time, is_logarithmic, lines_over_time


def requests_figure(summary: EndpointSummary, *, line: Timeline, steps: dict[int, Totals], prefix: str) -> Figure:
    """Requests of each step, by how they ended."""
    title = f"Requests in each {line.step_words}"
    totals = summary.totals
    parts = {
        "answered": (BLUE, [steps[step].answered if step in steps else 0 for step in range(line.steps)]),
        "errors": (VERMILION, [steps[step].errors if step in steps else 0 for step in range(line.steps)]),
        "caller left": (GREY, [steps[step].callers_left if step in steps else 0 for step in range(line.steps)]),
    }
    most = max(steps, key=lambda step: steps[step].requests)
    caption = sentence(
        [
            f"{quantity.requests(totals.requests)}; most, {quantity.count(steps[most].requests)}, in the "
            f"{line.step_words} from {clock(line.begin(most))}",
            f"{quantity.count(totals.errors)} failed ({quantity.share(totals.errors, totals.requests)}), "
            f"{quantity.count(totals.callers_left)} callers left before the end",
        ]
    )
    return Figure(
        title=title,
        caption=caption,
        svg=areas_over_time(
            line,
            [Series(label=name, color=color, values=values) for name, (color, values) in parts.items() if any(values)],
            label=f"{title} of {summary.shown_name}. {caption}",
            prefix=prefix,
        ),
        table=time_table(
            line,
            steps,
            ("requests", "answered", "errors", "left"),
            lambda at: [quantity.count(n) for n in (at.requests, at.answered, at.errors, at.callers_left)],
        ),
    )


def errors_figure(
    summary: EndpointSummary, *, line: Timeline, steps: dict[int, Totals], promised: Objectives, prefix: str
) -> Figure:
    """The share of requests that failed, by whose fault it was."""
    title = "Errors, share of requests"
    totals = summary.totals
    if not totals.errors:
        return Figure(title=title, caption=f"None of {quantity.requests(totals.requests)} failed.")
    server = [_percent(steps[step].server_errors, steps[step]) if step in steps else None for step in range(line.steps)]
    client = [_percent(steps[step].client_errors, steps[step]) if step in steps else None for step in range(line.steps)]
    series = [Series(label="server", color=VERMILION, values=server)]
    if totals.client_errors:
        series.append(Series(label="client", color=BLUE, values=client, dashes=(5.0, 1.5)))
    caption = sentence(
        [
            f"{quantity.count(totals.server_errors)} server errors "
            f"({quantity.share(totals.server_errors, totals.requests)}) and {quantity.count(totals.client_errors)} "
            f"client errors ({quantity.share(totals.client_errors, totals.requests)}) in "
            f"{quantity.requests(totals.requests)}",
            _held("server", promised.server_error_percent, _percent(totals.server_errors, totals), server),
            _held("client", promised.client_error_percent, _percent(totals.client_errors, totals), client),
        ]
    )
    thresholds = [
        ThresholdLine(value=limit, label=f"{limit:g} %")
        for whose, limit, errors in (
            ("server", promised.server_error_percent, totals.server_errors),
            ("client", promised.client_error_percent, totals.client_errors),
        )
        if limit is not None and errors
    ]
    logarithmic = is_logarithmic([value for each in series for value in each.measured])
    title = f"{title} (%{', logarithmic' if logarithmic else ''})"
    return Figure(
        title=title,
        caption=caption,
        svg=lines_over_time(
            line,
            series,
            label=f"{title} of {summary.shown_name}. {caption}",
            prefix=prefix,
            thresholds=thresholds,
            ceiling=100.0,
        ),
        table=time_table(
            line,
            steps,
            ("server errors", "client errors", "share"),
            lambda at: (
                quantity.count(at.server_errors),
                quantity.count(at.client_errors),
                quantity.share(at.errors, at.requests),
            ),
        ),
    )


def token_rate_figure(
    records: Records,
    summary: EndpointSummary,
    *,
    direction: str,
    line: Timeline,
    steps: dict[int, Totals],
    prefix: str,
) -> Figure:
    """Tokens a second, counted when their request ended; `direction` is `input` or `output`."""
    title = f"{direction.capitalize()} tokens a second"
    whole: int | None = getattr(summary.totals, f"{direction}_tokens")
    if whole is None:
        return absent(records, summary, title=title, column=f"{direction}_tokens")
    # A step without requests had no tokens; one whose records do not count them had an unknown number.
    rates = [_rate(steps[step], direction, line.covered_seconds(step)) if step in steps else 0.0
             for step in range(line.steps)]  # fmt: skip
    highest = max(range(line.steps), key=lambda step: rates[step] or 0.0)
    cached = summary.totals.cached_input_tokens if direction == "input" else None
    counted: int = getattr(summary.totals, f"counted_{direction}")
    seconds = (line.end - line.start).total_seconds()
    caption = sentence(
        [
            f"{quantity.count(whole)} tokens, {quantity.figure(whole / seconds)} a second on average; most, "
            f"{quantity.figure(rates[highest] or 0.0)} a second, in the {line.step_words} from "
            f"{clock(line.begin(highest))}",
            f"{quantity.share(cached, whole)} of them came from the cache" if cached is not None and whole else "",
            ""
            if counted == summary.totals.requests
            else f"counted in {quantity.count(counted)} of {quantity.requests(summary.totals.requests)}",
        ]
    )
    return Figure(
        title=title,
        caption=caption,
        svg=lines_over_time(
            line,
            [Series(label=direction, color=BLUE if direction == "output" else ORANGE, values=rates)],
            label=f"{title} of {summary.shown_name}. {caption}",
            prefix=prefix,
            even=True,
        ),
        table=time_table(
            line,
            steps,
            ("tokens", "requests"),
            lambda at: (quantity.count(getattr(at, f"{direction}_tokens")), quantity.count(at.requests)),
        ),
    )


def token_distribution_figure(records: Records, summary: EndpointSummary, *, direction: str, prefix: str) -> Figure:
    """How many tokens a request has."""
    title = f"Requests by {direction} tokens"
    column = f"{direction}_tokens"
    found = distribution(records, summary.name, column, whole_numbers=True)
    whole: int | None = getattr(summary.totals, column)
    counted: int = getattr(summary.totals, f"counted_{direction}")
    if found is None or whole is None:
        return absent(records, summary, title=title, column=column)
    caption = sentence(
        [
            f"{quantity.figure(whole / counted)} tokens on average over {quantity.requests(counted)} that count them",
            beyond_words(found, counted, edge=quantity.figure(found.edges[-1])),
        ]
    )
    title = f"{title}{' (logarithmic)' if found.logarithmic else ''}"
    return Figure(
        title=title,
        caption=caption,
        svg=histogram(
            found.edges,
            found.counts,
            marks=[ThresholdLine(value=whole / counted, label="average")],
            logarithmic=found.logarithmic,
            label=f"{title}, {summary.shown_name}. {caption}",
            prefix=prefix,
        ),
        table=bin_table(found.edges, found.counts, found.beyond, column="tokens"),
    )


def _percent(errors: int, totals: Totals) -> float:
    return 100 * errors / totals.requests


def _rate(totals: Totals, direction: str, seconds: float) -> float | None:
    tokens: int | None = getattr(totals, f"{direction}_tokens")
    return None if tokens is None else tokens / seconds


def _held(whose: str, limit: float | None, whole: float, steps: list[float | None]) -> str:
    if limit is None:
        return ""
    over = sum(value is not None and value > limit for value in steps)
    held = "held" if whole <= limit else "missed"
    when = f"over it in {over} of {sum(value is not None for value in steps)} steps" if over else "and in every step"
    return f"objective of at most {limit:g} % {whose} errors: {held} over all, {when}"
