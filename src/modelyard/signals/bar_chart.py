"""How often what: histograms of durations and tokens, and bars for statuses, teams and models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from modelyard.signals.chart import BLACK, BLUE, ThresholdLine, chart
from modelyard.signals.quantity import short

_ROW = 27.0


@dataclass(frozen=True, kw_only=True)
class Bar:
    """`label` above the bar, `value` said at its end."""

    label: str
    value: str
    length: float
    color: str = BLUE


def histogram(
    edges: Sequence[float],
    counts: Sequence[int],
    *,
    marks: Sequence[ThresholdLine],
    logarithmic: bool,
    label: str,
    prefix: str,
) -> str:
    """Counts between edges; marks are percentiles, as lines from top to bottom with their names above."""
    with chart(label=label, prefix=prefix) as drawn:
        axes = drawn.axes
        axes.stairs(counts, edges, fill=True, color=BLUE, alpha=0.8, linewidth=0)
        axes.set_ylim(0, (max(counts) or 1) * 1.06)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, min_n_ticks=1))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
        if logarithmic:
            axes.set_xscale("log")
            wide = edges[-1] > 1000 * edges[0]
            axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 3.0)))
            axes.xaxis.set_minor_formatter(NullFormatter())
        else:
            axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
        axes.set_xlim(edges[0], edges[-1])
        for mark, place in zip(marks, _apart(marks, edges, logarithmic=logarithmic), strict=True):
            if mark.value > edges[-1]:
                continue
            axes.axvline(mark.value, color=BLACK, linewidth=1.1, dashes=(4, 2))
            axes.text(
                place, 1.02, mark.label, transform=axes.get_xaxis_transform(), ha="center", va="bottom", fontsize=9
            )
    return drawn.svg


def bars(rows: Sequence[Bar], *, label: str, prefix: str) -> str:
    """Bars from the left, each below its name, so that names of any length fit."""
    longest = max(row.length for row in rows) or 1
    with chart(label=label, prefix=prefix, height=len(rows) * _ROW + 2, left=4, top=0, bottom=2) as drawn:
        axes = drawn.axes
        axes.set_xlim(0, longest)
        axes.set_ylim(len(rows), 0)
        axes.axis("off")
        for place, row in enumerate(rows):
            axes.barh(place + 0.72, row.length, height=0.36, color=row.color, align="center")
            axes.text(0, place + 0.48, row.label, ha="left", va="bottom")
            axes.text(longest, place + 0.48, row.value, ha="right", va="bottom")
    return drawn.svg


def _apart(marks: Sequence[ThresholdLine], edges: Sequence[float], *, logarithmic: bool) -> list[float]:
    """Where the names of marks stand: at their marks, but not over each other."""

    def to_axis(value: float) -> float:
        if logarithmic:
            return log10(value / edges[0]) / log10(edges[-1] / edges[0])
        return (value - edges[0]) / (edges[-1] - edges[0])

    def from_axis(share: float) -> float:
        if logarithmic:
            return float(edges[0] * (edges[-1] / edges[0]) ** share)
        return edges[0] + share * (edges[-1] - edges[0])

    places: list[float] = []
    for mark in marks:
        wanted = to_axis(max(mark.value, edges[0]))
        places.append(max(wanted, places[-1] + 0.1) if places else wanted)
    excess = max(0.0, places[-1] - 0.97) if places else 0.0
    return [from_axis(place - excess) if place - excess > 0 else from_axis(0.02) for place in places]
