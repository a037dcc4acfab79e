"""What the records say: exact counts and percentiles, by endpoint, over time and by what tells requests apart.

A percentile is the nearest rank: the smallest measured value that at least so many percent of the measured values do
not exceed. It is always a value that was measured. What a record lacks is in no percentile and in no sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modelyard.signals import quantity
from modelyard.signals.measure import MEASURES, Measure
from modelyard.signals.records import Records
from modelyard.signals.span import Timeline

PERCENTILES = (50, 90, 99)
_RANKS = "[0.5, 0.9, 0.99]"
_CALLER_LEFT = 499


@dataclass(frozen=True, kw_only=True)
class Percentiles:
    """Of durations in milliseconds; `measured` is how many there are."""

    measured: int
    p50: float
    p90: float
    p99: float
    largest: float

    def of(self, percent: int) -> float:
        """One of them by its number."""
        return {50: self.p50, 90: self.p90, 99: self.p99}[percent]


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Of a group of requests. Tokens are None where no record counts them; errors are those that CloudWatch counts."""

    requests: int
    answered: int
    server_errors: int
    client_errors: int
    callers_left: int
    dropped: int
    input_tokens: int | None
    output_tokens: int | None
    cached_input_tokens: int | None
    counted_input: int
    counted_output: int
    durations: dict[str, Percentiles]

    @property
    def errors(self) -> int:
        """Status 400 and above but 499, and answers that broke off."""
        return self.server_errors + self.client_errors


@dataclass(frozen=True, kw_only=True)
class EndpointSummary:
    """One endpoint over the whole span."""

    name: str
    totals: Totals
    busiest_hour: datetime
    busiest_hour_requests: int
    engines: tuple[str, ...]
    models: tuple[str, ...]
    variants: tuple[str, ...]

    @property
    def shown_name(self) -> str:
        """Fit for a page: containers say who they are, and may say anything."""
        return quantity.name(self.name)


@dataclass(frozen=True, kw_only=True)
class Share:
    """The requests that have one value in common, such as a team; None where the records do not say."""

    value: tuple[str | None, ...]
    totals: Totals


_AGGREGATES = (
    "count(*), count(*) FILTER (status < 400 AND NOT server_error), count(*) FILTER (server_error), "
    f"count(*) FILTER (client_error), count(*) FILTER (status = {_CALLER_LEFT} AND NOT server_error), "
    "sum(dropped_before), sum(input_tokens), sum(output_tokens), sum(cached_input_tokens), count(input_tokens), "
    "count(output_tokens), "
    + ", ".join(
        f"count({measure.column}), quantile_disc({measure.column}, {_RANKS}), max({measure.column})"
        for measure in MEASURES
    )
)


def endpoint_summaries(records: Records) -> list[EndpointSummary]:
    """All endpoints, the one with the most requests first."""
    names = {
        name: [tuple(values) for values in lists]
        for name, *lists in records.rows(
            "SELECT endpoint, "
            + ", ".join(f"list_sort(list_distinct(list({column})))" for column in ("engine", "model", "variant"))
            + " FROM (SELECT DISTINCT endpoint, engine, model, variant FROM request) GROUP BY 1"
        )
    }
    busiest = {
        name: (hour, requests)
        for name, hour, requests in records.rows(
            "SELECT endpoint, date_trunc('hour', time) AS hour, count(*) AS requests FROM request GROUP BY 1, 2 "
            "QUALIFY row_number() OVER (PARTITION BY endpoint ORDER BY requests DESC, hour) = 1"
        )
    }
    return [
        EndpointSummary(
            name=name,
            totals=_totals(rest),
            busiest_hour=busiest[name][0],
            busiest_hour_requests=busiest[name][1],
            engines=names[name][0],
            models=names[name][1],
            variants=names[name][2],
        )
        for name, *rest in records.rows(
            f"SELECT endpoint, {_AGGREGATES} FROM request GROUP BY 1 ORDER BY count(*) DESC, endpoint"
        )
    ]


def over_time(records: Records, line: Timeline) -> dict[str, dict[int, Totals]]:
    """By endpoint, the totals of each step that has requests."""
    found: dict[str, dict[int, Totals]] = defaultdict(dict)
    rows = records.rows(
        f"SELECT endpoint, (epoch_us(time) - epoch_us($origin::TIMESTAMP)) // $step_us::BIGINT, {_AGGREGATES} "
        "FROM request GROUP BY 1, 2 ORDER BY 1, 2",
        origin=line.origin,
        step_us=int(line.step.total_seconds() * 1_000_000),
    )
    for name, step, *rest in rows:
        found[name][step] = _totals(rest)
    return found


def shares(records: Records, endpoint: str, *columns: str) -> list[Share]:
    """The requests of an endpoint by the values of columns, the largest share first."""
    names = ", ".join(columns)
    return [
        Share(value=tuple(row[: len(columns)]), totals=_totals(row[len(columns) :]))
        for row in records.rows(
            f"SELECT {', '.join(f'CAST({name} AS VARCHAR)' for name in columns)}, {_AGGREGATES} FROM request "
            f"WHERE endpoint = $endpoint GROUP BY {names} ORDER BY count(*) DESC, {names}",
            endpoint=endpoint,
        )
    ]


def absent_by_engine(records: Records, endpoint: str, column: str) -> list[str]:
    """The engines whose answers never have a value in a column, although they answered."""
    rows = records.rows(
        "SELECT engine FROM request WHERE endpoint = $endpoint GROUP BY engine "
        f"HAVING count(*) FILTER (status < 400) > 0 AND count({column}) = 0 ORDER BY engine",
        endpoint=endpoint,
    )
    return [str(engine) for (engine,) in rows]


def _totals(row: Sequence[Any]) -> Totals:
    requests, answered, server_errors, client_errors, callers_left, dropped, *tokens = row[:11]
    measured = row[11:]
    return Totals(
        requests=requests,
        answered=answered,
        server_errors=server_errors,
        client_errors=client_errors,
        callers_left=callers_left,
        dropped=_whole(dropped) or 0,
        input_tokens=_whole(tokens[0]),
        output_tokens=_whole(tokens[1]),
        cached_input_tokens=_whole(tokens[2]),
        counted_input=tokens[3],
        counted_output=tokens[4],
        durations={
            measure.column: _percentiles(*measured[place * 3 : place * 3 + 3])
            for place, measure in enumerate(MEASURES)
            if measured[place * 3]
        },
    )


def _whole(total: int | None) -> int | None:
    return None if total is None else int(total)


def _percentiles(measured: int, ranked: list[float], largest: float) -> Percentiles:
    p50, p90, p99 = ranked
    return Percentiles(measured=measured, p50=p50, p90=p90, p99=p99, largest=largest)


def percentiles_of(totals: Totals, measure: Measure) -> Percentiles | None:
    """What was measured of a kind, or None where nothing was."""
    return totals.durations.get(measure.column)
