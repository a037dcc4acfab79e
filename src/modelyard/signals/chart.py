"""Plots for a page that is read on a phone, at a desk and on paper: small, with text that stays text.

Colours are Okabe and Ito's, which people with any colour vision tell apart (https://jfly.uni-koeln.de/color/); what a
colour says, a style of line or a word says as well, for paper that knows no colours.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modelyard.signals.svg import inline_svg

BLUE = "#0072b2"
ORANGE = "#e69f00"
VERMILION = "#d55e00"
GREY = "#8a8a8a"
BLACK = "#222222"

# In points. The page shows a plot 320 to 420 pixels wide, so that a point is about a pixel everywhere.
WIDTH = 360.0
HEIGHT = 200.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 10.0, 24.0, 28.0
_INCH = 72.0
_MOST_ROOM_ABOVE = 2.5
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    # Ids are by this and by what is drawn: the same records make the same bytes.
    "svg.hashsalt": "modelyard",
    "font.size": 10,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "xtick.major.size": 3,
    "xtick.minor.size": 0,
    "ytick.major.size": 0,
    "ytick.minor.size": 0,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.8,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": BLACK,
    "ytick.labelcolor": BLACK,
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "lines.solid_capstyle": "round",
}


@dataclass(frozen=True, kw_only=True)
class ThresholdLine:
    """An objective or a percentile: a line across the plot, with a name."""

    value: float
    label: str


@dataclass
class Chart:
    """A plot under way; `svg` is the finished one."""

    axes: Axes
    svg: str = ""


@contextmanager
def chart(
    *, label: str, prefix: str, height: float = HEIGHT, left: float = _LEFT, top: float = _TOP, bottom: float = _BOTTOM
) -> Iterator[Chart]:
    """Axes to draw on. `label` is what is read aloud, `prefix` keeps the ids of a page's plots apart."""
    with rc_context(), warnings.catch_warnings():
        # Text stays text: the reader's fonts have the letters that Matplotlib's own, which only measures them, lacks.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
        # Not what the person at this machine prefers for plots of their own.
        rcdefaults()
        rcParams.update(_SETTINGS)
        figure = Figure(figsize=(WIDTH / _INCH, height / _INCH))
        box = (left / WIDTH, bottom / height, 1 - (left + _RIGHT) / WIDTH, 1 - (top + bottom) / height)
        drawn = Chart(figure.add_axes(box))
        yield drawn
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
        drawn.svg = inline_svg(written.getvalue(), label=label, prefix=prefix)


def legend(axes: Axes) -> None:
    """One line of what the colours mean, above the axes and never over what is drawn."""
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(-0.13, 1.03),
        ncols=len(labels),
        frameon=False,
        borderaxespad=0.1,
        borderpad=0.1,
        handlelength=1.7,
        columnspacing=1.0,
        handletextpad=0.4,
    )


def draw_thresholds(axes: Axes, thresholds: Sequence[ThresholdLine], *, highest: float) -> None:
    """Lines where they fit the scale of what was measured, an arrow in the legend where they lie far above it."""
    words = [f"{each.label}{'' if fits(each, highest) else ' ↑'}" for each in thresholds]
    label = f"objective: {', '.join(words)}"
    for each in thresholds:
        if fits(each, highest):
            axes.axhline(each.value, color=BLACK, linewidth=1.2, dashes=(6, 3), label=label)
            label = "_named already"
    if thresholds and not label.startswith("_"):
        axes.plot([], [], color=BLACK, linewidth=1.2, dashes=(6, 3), label=label)


def fits(threshold: ThresholdLine, highest: float) -> bool:
    """Whether a line can be drawn without pressing what was measured to the ground."""
    return threshold.value <= _MOST_ROOM_ABOVE * highest
