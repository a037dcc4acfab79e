"""What a page shows: a plot with a sentence that says what is seen, and the numbers behind it as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from modelyard.signals import quantity
from modelyard.signals.span import Timeline, clock
from modelyard.signals.statistics import Totals


@dataclass(frozen=True, kw_only=True)
class FigureTable:
    """Numbers as text; the first column names the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One plot of a page; without `svg` there is nothing to draw, and the caption says why."""

    title: str
    caption: str
    svg: str = ""
    table: FigureTable | None = None


# The numbers of one step, or what stands there when it has no requests.
Cells = Callable[[Totals], Sequence[str]]


def time_table(line: Timeline, steps: dict[int, Totals], columns: Sequence[str], cells: Cells) -> FigureTable:
    """One row for each step that has requests."""
    years = line.start.year != line.end.year
    return FigureTable(
        columns=("begin, UTC", *columns),
        rows=tuple((clock(line.begin(step), with_year=years), *cells(totals)) for step, totals in steps.items()),
    )


def bin_table(edges: Sequence[float], counts: Sequence[int], beyond: int, *, column: str) -> FigureTable:
    """One row for each bin that is not empty."""
    shown = [quantity.figure(edge) for edge in edges]
    rows = [
        (f"{'from' if place == 0 else 'over'} {shown[place]} to {shown[place + 1]}", quantity.count(number))
        for place, number in enumerate(counts)
        if number
    ]
    if beyond:
        rows.append((f"over {shown[-1]}", quantity.count(beyond)))
    return FigureTable(columns=(column, "requests"), rows=tuple(rows))


def sentence(parts: Iterable[str]) -> str:
    """Parts that are there, as sentences one after the other."""
    return " ".join(f"{part[:1].upper()}{part[1:]}." for part in parts if part)
