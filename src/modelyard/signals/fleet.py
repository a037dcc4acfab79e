"""The first thing a person asks: which endpoint did how much, and how well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from modelyard.signals import quantity
from modelyard.signals.measure import EACH_TOKEN, FIRST_TOKEN, LATENCY
from modelyard.signals.statistics import PERCENTILES, EndpointSummary, percentiles_of

ALL = "all endpoints"
_MEASURES = (FIRST_TOKEN, EACH_TOKEN, LATENCY)
_BRIEF = ("endpoint", "requests", "error share", "TTFT p50", "TTFT p99", "Latency p50", "Latency p99")
_ANY_WIDTH = 10_000


@dataclass(frozen=True, kw_only=True)
class Column:
    """`group` stands above several columns, with the unit of their figures."""

    name: str
    group: str = ""
    unit: str = ""

    @property
    def head(self) -> str:
        """What stands above the columns of a group."""
        return f"{self.group}, {self.unit}" if self.group else ""

    @property
    def whole_name(self) -> str:
        """What names the column where it stands alone, as on a phone."""
        return f"{self.group} {self.name}, {self.unit}" if self.group else self.name


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The table: a row for each endpoint, and one with their sums where there are several."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[str, ...] | None


def fleet(summaries: Sequence[EndpointSummary]) -> Fleet:
    """Durations of a column are all in one unit; percentiles of different endpoints have no sum."""
    units = {
        measure: quantity.unit_for(
            max((found.p50 for each in summaries if (found := percentiles_of(each.totals, measure))), default=0.0)
        )
        for measure in _MEASURES
    }
    columns = (
        Column(name="endpoint"),
        *(Column(name=name) for name in ("requests", "errors", "error share", "tokens in", "tokens out")),
        *(
            Column(name=f"p{percent}", group=measure.short, unit=units[measure].name)
            for measure in _MEASURES
            for percent in PERCENTILES
        ),
        Column(name="busiest hour, UTC"),
        Column(name="dropped records"),
    )
    rows = []
    for each in summaries:
        durations = []
        for measure in _MEASURES:
            found = percentiles_of(each.totals, measure)
            durations += [
                quantity.duration_cell(found.of(percent) if found else None, units[measure]) for percent in PERCENTILES
            ]
        rows.append(
            (
                each.shown_name,
                *_counts([each]),
                *durations,
                f"{each.busiest_hour:%Y-%m-%d %H}h: {quantity.count(each.busiest_hour_requests)}",
                quantity.count(each.totals.dropped),
            )
        )
    sums = None
    if len(summaries) > 1:
        dropped = quantity.count(sum(each.totals.dropped for each in summaries))
        sums = (ALL, *_counts(summaries), *[""] * (len(_MEASURES) * len(PERCENTILES)), "", dropped)
    return Fleet(columns=columns, rows=tuple(rows), sums=sums)


def as_text(table: Fleet, *, width: int) -> Any:
    """The table for a terminal, or as much of it as a narrow one shows without cutting figures."""
    from rich.measure import Measurement
    from rich.table import Table

    from modelyard.shell.terminal import results

    every = range(len(table.columns))
    brief = [place for place in every if table.columns[place].whole_name.split(",")[0] in _BRIEF]
    for places in (every, brief):
        shown = Table(box=None, pad_edge=False, show_footer=table.sums is not None)
        named = ""
        for place in places:
            column = table.columns[place]
            heading = column.name if column.head == named else f"{column.head}\n{column.name}"
            named = column.head
            total = table.sums[place] if table.sums else ""
            side: Literal["left", "right"] = "right" if place else "left"
            shown.add_column(heading, total, justify=side, no_wrap=place > 0, overflow="fold", vertical="bottom")
        for row in table.rows:
            shown.add_row(*(row[place] for place in places))
        console = results()
        if Measurement.get(console, console.options.update(width=_ANY_WIDTH), shown).maximum <= width:
            break
    return shown


def _counts(summaries: Sequence[EndpointSummary]) -> tuple[str, ...]:
    requests = sum(each.totals.requests for each in summaries)
    errors = sum(each.totals.errors for each in summaries)
    return (
        quantity.count(requests),
        quantity.count(errors),
        quantity.share(errors, requests),
        quantity.count(_sum([each.totals.input_tokens for each in summaries])),
        quantity.count(_sum([each.totals.output_tokens for each in summaries])),
    )


def _sum(values: Sequence[int | None]) -> int | None:
    there = [value for value in values if value is not None]
    return sum(there) if there else None
