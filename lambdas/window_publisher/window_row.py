"""A row that Flink's aggregation put into the window stream, as CloudWatch takes it.

Totals and durations of a variant's minute come as rows of their own (flink/sql/tables.sql). A record that came after
its minute had been published is a row by itself: CloudWatch adds what it is sent for a minute that it has.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from lambdas.shared.metric_data import Datum, count, distribution, minute_of_variant, sums

TOTALS = "modelyard.window_totals/1"
DURATIONS = "modelyard.window_durations/1"
_COUNTS = {"requests": "Requests", "errors": "Errors", "records_dropped": "RecordsDropped"}
_TOKENS = {
    "input_tokens": "InputTokens",
    "output_tokens": "OutputTokens",
    "cached_input_tokens": "CachedInputTokens",
}
# As lambdas/stream_processor/window_metrics.py rounds what it publishes.
_DIGITS = 6


@dataclass(frozen=True)
class WindowRow:
    """A row; `row_id` is the same where the job, started again, puts the row once more."""

    row_id: str
    endpoint: str
    variant: str
    minute: str
    data: list[Datum]


def window_row(content: str) -> WindowRow:
    """The row in the `data` of a Kinesis event's record. Raises `ValueError` or `KeyError` where there is none: only
    the job writes to the window stream, so that is a mistake of ours and no poison."""
    row: dict[str, Any] = json.loads(base64.b64decode(content))
    kind = row["record"]
    names = (row["endpoint"], row["variant"], row["minute"])
    common = minute_of_variant(*names)
    if kind == TOTALS:
        data = [count(common, name, row[field]) for field, name in _COUNTS.items()]
        for field, name in _TOKENS.items():
            tokens = row[field]
            if tokens["count"]:
                data.append(
                    sums(
                        common,
                        name,
                        count=tokens["count"],
                        total=tokens["sum"],
                        smallest=tokens["smallest"],
                        largest=tokens["largest"],
                    )
                )
        return WindowRow(f"{kind} {row['row_id']}", *names, data)
    if kind == DURATIONS:
        counts: Counter[float] = Counter()
        for one in row["milliseconds"]:
            counts[round(one["value"], _DIGITS)] += one["count"]
        data = list(distribution(common, row["metric"], counts))
        return WindowRow(f"{kind} {row['metric']} {row['row_id']}", *names, data)
    raise ValueError(f"{kind} is no kind of row")
