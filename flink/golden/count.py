"""The golden numbers, counted by DuckDB from the requests as they were made, before they became a stream:

.venv/bin/python -m flink.golden.count > flink/golden/expected.json
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

import duckdb

from flink.golden.published import Numbers, duration_numbers
from flink.golden.stream import requests

_DURATIONS = {
    "TimeToFirstToken": "time_to_first_token_ms",
    "TimePerOutputToken": "time_per_output_token_ms",
    "RequestLatency": "latency_ms",
    "QueueTime": "queue_ms",
}
_TOKENS = {"InputTokens": "input_tokens", "OutputTokens": "output_tokens", "CachedInputTokens": "cached_input_tokens"}
_COUNTS = {
    "Requests": "count(*)",
    "Errors": "count(*) FILTER (stop_reason IS NOT DISTINCT FROM 'error' OR (status >= 400 AND status != 499))",
    "RecordsDropped": "sum(dropped_before)",
}


def expected() -> dict[str, Numbers]:
    """What CloudWatch must know of the golden stream, in the form of `Published.numbers`."""
    database = duckdb.connect()
    made = requests()
    columns = {name: "HUGEINT" if name in _TOKENS.values() else _type(made, name) for name in made[0]}
    database.execute(f"CREATE TABLE requests ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
    database.executemany(
        f"INSERT INTO requests VALUES ({', '.join('?' * len(columns))})", [list(request.values()) for request in made]
    )
    found: dict[str, Numbers] = {}

    def by_minute(what: str, where: str = "true") -> Any:
        group = "endpoint, variant, time[:16]"
        return database.execute(f"SELECT {group}, {what} FROM requests WHERE {where} GROUP BY ALL").fetchall()

    for metric, what in _COUNTS.items():
        for *key, total in by_minute(what):
            found["/".join([metric, *key])] = {"sum": int(total)}
    for metric, field in _TOKENS.items():
        rows = by_minute(f"sum({field}), count({field}), min({field}), max({field})", f"{field} IS NOT NULL")
        for *key, total, count, smallest, largest in rows:
            numbers = {"sum": total, "count": count, "smallest": smallest, "largest": largest}
            found["/".join([metric, *key])] = {name: int(number) for name, number in numbers.items()}
    for metric, field in _DURATIONS.items():
        durations: dict[str, Counter[float]] = defaultdict(Counter)
        # Together with the value each group is one value, so count(*) is how often it occurred.
        for *key, value, count in by_minute(f"{field}, count(*)", f"{field} IS NOT NULL"):
            durations["/".join([metric, *key])][value] += count
        found |= {key: duration_numbers(counted) for key, counted in durations.items()}
    return dict(sorted(found.items()))


def _type(made: list[dict[str, Any]], name: str) -> str:
    kinds = {type(request[name]) for request in made} - {type(None)}
    return "BOOLEAN" if kinds == {bool} else "VARCHAR" if kinds <= {str} else "INTEGER" if kinds == {int} else "DOUBLE"


if __name__ == "__main__":
    print(json.dumps(expected(), indent=0))
