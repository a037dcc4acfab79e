"""Durations of one endpoint: percentiles over time, and how often which."""

from __future__ import annotations

from collections.abc import Mapping

from modelyard.signals import quantity
from modelyard.signals.bar_chart import histogram
from modelyard.signals.chart import BLUE, ORANGE, VERMILION, ThresholdLine
from modelyard.signals.distribution import Distribution, distribution
from modelyard.signals.figure import Figure, bin_table, sentence, time_table
from modelyard.signals.measure import Measure
from modelyard.signals.quantity import Unit
from modelyard.signals.records import Records
from modelyard.signals.span import Timeline, clock
from modelyard.signals.statistics import (
    PERCENTILES,
    EndpointSummary,
    Percentiles,
    Totals,
    absent_by_engine,
    percentiles_of,
)
from modelyard.signals.time_chart import Series, is_logarithmic, lines_over_time

_LOOKS = {50: (BLUE, ()), 90: (ORANGE, (5.0, 1.5)), 99: (VERMILION, (1.5, 1.2))}


def absent(records: Records, summary: EndpointSummary, *, title: str, column: str) -> Figure:
    """That nothing was measured, and by whom it could have been."""
    if not summary.totals.answered:
        return Figure(title=title, caption="No request was answered, so there is nothing to measure.")
    return Figure(title=title, caption=_not_recorded(records, summary, column))


def over_time_figure(
    records: Records,
    summary: EndpointSummary,
    measure: Measure,
    *,
    line: Timeline,
    steps: dict[int, Totals],
    promised: Mapping[int, float],
    prefix: str,
) -> Figure:
    """The percentiles of each step."""
    title = f"{measure.name} over time"
    whole = percentiles_of(summary.totals, measure)
    if whole is None:
        return absent(records, summary, title=title, column=measure.column)
    found = {step: measured for step, totals in steps.items() if (measured := percentiles_of(totals, measure))}
    unit = _unit(whole, max(step.p99 for step in found.values()))
    series = [
        Series(
            label=f"p{percent}",
            color=_LOOKS[percent][0],
            dashes=_LOOKS[percent][1],
            values=[unit.of(found[step].of(percent)) if step in found else None for step in range(line.steps)],
        )
        for percent in PERCENTILES
    ]
    worst = max(found, key=lambda step: found[step].p99)
    caption = sentence(
        [
            f"median {quantity.duration(whole.p50, unit)}, p90 {quantity.duration(whole.p90, unit)}, "
            f"p99 {quantity.duration(whole.p99, unit)} over all; highest p99 "
            f"{quantity.duration(found[worst].p99, unit)} in the "
            f"{line.step_words} from {clock(line.begin(worst))}",
            *(_held(percent, limit, whole, found) for percent, limit in promised.items()),
            _coverage(records, summary, whole, measure.column),
        ]
    )
    logarithmic = is_logarithmic([value for each in series for value in each.measured])
    shown_title = f"{title} ({unit.name}{', logarithmic' if logarithmic else ''})"
    return Figure(
        title=shown_title,
        caption=caption,
        svg=lines_over_time(
            line,
            series,
            label=f"{shown_title} of {summary.shown_name}. {caption}",
            prefix=prefix,
            thresholds=[
                ThresholdLine(value=unit.of(limit), label=f"p{percent} {quantity.promise(limit)}")
                for percent, limit in promised.items()
            ],
        ),
        table=time_table(
            line,
            steps,
            (*(f"p{percent}, {unit.name}" for percent in PERCENTILES), "measured"),
            lambda totals: _cells(percentiles_of(totals, measure), unit),
        ),
    )


def distribution_figure(records: Records, summary: EndpointSummary, measure: Measure, *, prefix: str) -> Figure:
    """How often which duration."""
    title = f"Requests by {measure.name.lower()}"
    whole = percentiles_of(summary.totals, measure)
    found = distribution(records, summary.name, measure.column)
    if whole is None or found is None:
        return absent(records, summary, title=title, column=measure.column)
    unit = _unit(whole, found.edges[-1])
    caption = sentence(
        [
            f"{quantity.requests(whole.measured)}: half took at most {quantity.duration(whole.p50, unit)}, 99 of "
            f"100 at most {quantity.duration(whole.p99, unit)}, the longest {quantity.duration(whole.largest, unit)}",
            beyond_words(found, whole.measured, edge=quantity.duration(found.edges[-1], unit)),
        ]
    )
    shown_title = f"{title} ({unit.name}{', logarithmic' if found.logarithmic else ''})"
    edges = [unit.of(edge) for edge in found.edges]
    return Figure(
        title=shown_title,
        caption=caption,
        svg=histogram(
            edges,
            found.counts,
            marks=[ThresholdLine(value=unit.of(whole.of(percent)), label=f"p{percent}") for percent in PERCENTILES],
            logarithmic=found.logarithmic,
            label=f"{shown_title} of {summary.shown_name}. {caption}",
            prefix=prefix,
        ),
        table=bin_table(edges, found.counts, found.beyond, column=unit.name),
    )


def beyond_words(found: Distribution, measured: int, *, edge: str) -> str:
    """What the axis leaves out."""
    if not found.beyond:
        return ""
    return f"not drawn: {quantity.count(found.beyond)} ({quantity.share(found.beyond, measured)}) over {edge}"


def _unit(whole: Percentiles, highest: float) -> Unit:
    """Of a plot: by its highest value, unless that is so far from the median that the median would be a fraction."""
    return quantity.unit_for(min(highest, 10 * whole.p50) or highest)


def _held(percent: int, limit: float, whole: Percentiles, found: Mapping[int, Percentiles]) -> str:
    over = sum(step.of(percent) > limit for step in found.values())
    held = "held" if whole.of(percent) <= limit else "missed"
    when = f"over it in {over} of {len(found)} steps" if over else "and in every step"
    return f"objective p{percent} of at most {quantity.promise(limit)}: {held} over all, {when}"


def _coverage(records: Records, summary: EndpointSummary, whole: Percentiles, column: str) -> str:
    if whole.measured == summary.totals.requests:
        return ""
    absent_from = absent_by_engine(records, summary.name, column)
    by_whom = f"; not recorded by {' and '.join(map(quantity.name, absent_from))}" if absent_from else ""
    return f"measured in {quantity.count(whole.measured)} of {quantity.requests(summary.totals.requests)}{by_whom}"


def _not_recorded(records: Records, summary: EndpointSummary, column: str) -> str:
    engines = absent_by_engine(records, summary.name, column) or list(summary.engines)
    which = "this engine" if len(engines) == 1 else "these engines"
    return f"Not recorded by {which} ({', '.join(map(quantity.name, engines))})."


def _cells(measured: Percentiles | None, unit: Unit) -> tuple[str, ...]:
    if measured is None:
        return (quantity.NOTHING,) * len(PERCENTILES) + ("0",)
    return (
        *(quantity.duration_cell(measured.of(percent), unit) for percent in PERCENTILES),
        quantity.count(measured.measured),
    )
