"""How often which value: exact counts between edges that people can read."""

from __future__ import annotations

import math
from dataclasses import dataclass

from modelyard.signals.records import Records

_MOST_BINS = 30
# Where nine of ten values are so much smaller than the hundredth, equal widths show one bar and a long empty line.
_TAIL_FOR_LOG = 12
# Where the longest value is so much longer than the 99th percentile, the axis ends before it and a word says so.
_TAIL_TO_CUT = 1.6


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """`counts[i]` values lie over `edges[i]` up to and including `edges[i + 1]`, the first edge itself included.

    `beyond` values are larger than the last edge.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    beyond: int
    logarithmic: bool


def distribution(records: Records, endpoint: str, column: str, *, whole_numbers: bool = False) -> Distribution | None:
    """Of the values of a column, or None where it has none."""
    ((smallest, p50, p99, largest),) = records.rows(
        f"SELECT min({column}), quantile_disc({column}, 0.5), quantile_disc({column}, 0.99), max({column}) "
        "FROM request WHERE endpoint = $endpoint",
        endpoint=endpoint,
    )
    if smallest is None:
        return None
    logarithmic = smallest > 0 and p99 > _TAIL_FOR_LOG * p50
    top = largest if logarithmic or largest <= _TAIL_TO_CUT * p99 else p99
    edges = _log_edges(smallest, top) if logarithmic else _even_edges(top, whole_numbers=whole_numbers)
    ((counted,),) = records.rows(
        f"SELECT histogram(CAST({column} AS DOUBLE), $edges::DOUBLE[]) FROM request "
        f"WHERE endpoint = $endpoint AND {column} IS NOT NULL",
        edges=[*edges],
        endpoint=endpoint,
    )
    counts = [int(counted.get(edge, 0)) for edge in edges]
    # The lowest edge takes what is equal to it or, where nothing can be smaller than zero, what is zero.
    counts[1] += counts[0]
    return Distribution(
        edges=edges, counts=tuple(counts[1:]), beyond=int(counted.get(math.inf, 0)), logarithmic=logarithmic
    )


def _even_edges(top: float, *, whole_numbers: bool) -> tuple[float, ...]:
    width = _round_up(top / _MOST_BINS) if top > 0 else 1.0
    if whole_numbers:
        width = max(1.0, math.ceil(width))
    bins = max(1, math.ceil(round(top / width, 9)))
    return tuple(round(number * width, 9) for number in range(bins + 1))


def _log_edges(smallest: float, top: float) -> tuple[float, ...]:
    low, high = math.log10(smallest), math.log10(top)
    each_decade = next(number for number in (10, 5, 4, 2, 1) if (high - low) * number <= _MOST_BINS - 2 or number == 1)
    first, last = math.floor(low * each_decade), math.ceil(high * each_decade)
    return tuple(10 ** (place / each_decade) for place in range(first, max(last, first + 1) + 1))


def _round_up(width: float) -> float:
    """The next of 1, 2, 2.5, 5, 10, 20, ...: a width whose multiples people read at a glance."""
    unit: float = 10.0 ** math.floor(math.log10(width))
    return next(number * unit for number in (1, 2, 2.5, 5, 10) if number * unit >= width * (1 - 1e-12))
