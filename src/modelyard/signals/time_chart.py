"""What happened when: areas of counts and lines of durations over the steps of a report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from modelyard.signals.chart import ThresholdLine, chart, draw_thresholds, fits, legend
from modelyard.signals.quantity import short
from modelyard.signals.span import Timeline, day

# Where the highest value of a plot is so many times its usual one, the usual one lies on the ground of an even scale.
LOG_FROM = 25
_MOST_TIME_LABELS = 5
_CLOSE_TO_END = 0.05
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_MONDAY = datetime(1970, 1, 5)
_LABELS_APART = (
    *(timedelta(minutes=number) for number in (1, 2, 5, 10, 15, 30)),
    *(number * _HOUR for number in (1, 2, 3, 6, 12)),
    *(number * _DAY for number in (1, 2, 7, 14, 28)),
)


@dataclass(frozen=True, kw_only=True)
class Series:
    """One value for each step; None where nothing was measured, which is a gap and never a zero."""

    label: str
    color: str
    values: Sequence[float | None]
    dashes: tuple[float, ...] = ()

    @property
    def measured(self) -> list[float]:
        """The values that are there."""
        return [value for value in self.values if value is not None]


def areas_over_time(line: Timeline, series: Sequence[Series], *, label: str, prefix: str) -> str:
    """Counts on top of each other, from zero."""
    edges = [_days(line.begin(step)) for step in range(line.steps + 1)]
    with chart(label=label, prefix=prefix) as drawn:
        below = [0.0] * line.steps
        for each in series:
            upper = [under + (value or 0) for under, value in zip(below, each.values, strict=True)]
            drawn.axes.stairs(upper, edges, baseline=below, fill=True, color=each.color, label=each.label, linewidth=0)
            below = upper
        drawn.axes.set_ylim(0, (max(below) or 1) * 1.06)
        _count_axis(drawn.axes)
        _time_axis(drawn.axes, line)
        legend(drawn.axes)
    return drawn.svg


def lines_over_time(
    line: Timeline,
    series: Sequence[Series],
    *,
    label: str,
    prefix: str,
    thresholds: Sequence[ThresholdLine] = (),
    ceiling: float | None = None,
    even: bool = False,
) -> str:
    """Durations, rates or shares at the middle of each step; `ceiling` is what none of them can exceed.

    `even` keeps the scale from becoming logarithmic, for what is zero where there are no requests.
    """
    middles = [_days(line.begin(step) + line.step / 2) for step in range(line.steps)]
    measured = [value for each in series for value in each.measured]
    highest = max(measured)
    logarithmic = not even and is_logarithmic(measured)
    with chart(label=label, prefix=prefix) as drawn:
        for each in series:
            heights = [math.nan if value is None else value for value in each.values]
            (drawn_line,) = drawn.axes.plot(middles, heights, color=each.color, linewidth=1.6, label=each.label)
            if each.dashes:
                drawn_line.set_dashes(each.dashes)
            alone = _without_neighbours(each.values)
            if alone:
                drawn.axes.plot(
                    [middles[step] for step in alone], [heights[step] for step in alone], "o", ms=3.2, color=each.color
                )
        reach = max([highest, *(each.value for each in thresholds if fits(each, highest))])
        if logarithmic:
            drawn.axes.set_yscale("log")
            drawn.axes.set_ylim(min(measured) / 1.3, reach * 1.6)
            drawn.axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0) if reach < 1000 * min(measured) else (1.0,)))
            drawn.axes.yaxis.set_minor_locator(NullLocator())
            drawn.axes.yaxis.set_minor_formatter(NullFormatter())
            drawn.axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
        else:
            top = (reach or 1) * 1.12
            drawn.axes.set_ylim(0, top if ceiling is None else min(top, ceiling * 1.04))
            _count_axis(drawn.axes, integer=False)
        draw_thresholds(drawn.axes, thresholds, highest=highest)
        _time_axis(drawn.axes, line)
        if len(series) > 1 or thresholds:
            legend(drawn.axes)
    return drawn.svg


def is_logarithmic(measured: Sequence[float]) -> bool:
    """Whether a plot of these values has a logarithmic scale, which its title then says."""
    ordered = sorted(measured)
    return ordered[0] > 0 and ordered[-1] > LOG_FROM * ordered[len(ordered) // 2]


def _without_neighbours(values: Sequence[float | None]) -> list[int]:
    there = [False, *(value is not None for value in values), False]
    return [step for step in range(len(values)) if there[step + 1] and not there[step] and not there[step + 2]]


def _count_axis(axes: Axes, *, integer: bool = True) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=integer, min_n_ticks=1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))


def _time_axis(axes: Axes, line: Timeline) -> None:
    """Hours with the day below the first of each, days with the year below the first of each."""
    begin, end = line.begin(0), line.begin(line.steps)
    axes.set_xlim(_days(begin), _days(end))
    apart = next((apart for apart in _LABELS_APART if (end - begin) / apart <= _MOST_TIME_LABELS), None)
    if apart is None:
        apart = -(-(end - begin) // (_MOST_TIME_LABELS * _WEEK)) * _WEEK
    first = begin + (_MONDAY - begin) % apart
    times = [first + number * apart for number in range(int((end - first) / apart) + 1)]
    names = []
    below_before = ""
    for time in times:
        name, below = (f"{time:%H:%M}", day(time)) if apart < _DAY else (day(time), f"{time:%Y}")
        names.append(name if below == below_before else f"{name}\n{below}")
        below_before = below
    labels = axes.set_xticks([_days(time) for time in times], names)
    # A label at the end would be cut at the plot's edge.
    if (end - times[-1]) / (end - begin) < _CLOSE_TO_END:
        labels[-1].label1.set_horizontalalignment("right")


def _days(time: datetime) -> float:
    """Days since 1970, where an axis of plain numbers has its zero."""
    return (time - datetime(1970, 1, 1)) / _DAY
