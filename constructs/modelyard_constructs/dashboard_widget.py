"""Widgets of a dashboard's body, in the words of CloudWatch.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

# A dashboard has 24 columns.
_COLUMNS = 24
_HALF, _HEIGHT = 12, 6

Metric = dict[str, Any]
Widget = dict[str, Any]
# One line of a graph: the metric, its statistic, and what the legend calls it.
Line = tuple[Metric, str, str]


def text(markdown: str) -> Widget:
    """Words across the whole width."""
    return {"type": "text", "width": _COLUMNS, "height": 2, "properties": {"markdown": markdown}}


def literal(text: str) -> str:
    """A text in which Fn::Sub fills nothing in: `${!x}` is how it spells `${x}`."""
    return text.replace("${", "${!")


def alarm_states(title: str, arns: Sequence[str]) -> Widget:
    """The colours of alarms, across the whole width."""
    properties = {"title": title, "alarms": list(arns)}
    return {"type": "alarm", "width": _COLUMNS, "height": 3, "properties": properties}


def graph(title: str, lines: Sequence[Line], *, region: str, unit: str = "") -> Widget:
    """Metrics over time, a value a minute."""
    metrics = []
    for metric, statistic, label in lines:
        dimensions = [word for one in metric["Dimensions"] for word in (one["Name"], one["Value"])]
        options = {"stat": statistic, "label": label}
        metrics.append([metric["Namespace"], metric["MetricName"], *dimensions, options])
    return _over_time(title, metrics, region, unit)


def search(
    title: str, namespace: str, dimensions: Sequence[str], metric: str, statistic: str, *, region: str, unit: str = ""
) -> Widget:
    """A metric of every endpoint that has it now: a line appears with the endpoint and goes with it."""
    found = f"SEARCH('{{{','.join([namespace, *dimensions])}}} MetricName=\"{metric}\"', '{statistic}')"
    return _over_time(title, [[{"expression": found, "id": "found", "label": ""}]], region, unit)


def _over_time(title: str, metrics: list[list[Any]], region: str, unit: str) -> Widget:
    properties: dict[str, Any] = {
        "title": title,
        "view": "timeSeries",
        "region": region,
        "period": 60,
        "metrics": metrics,
    }
    if unit:
        properties["yAxis"] = {"left": {"label": unit, "showUnits": False, "min": 0}}
    return {"type": "metric", "width": _HALF, "height": _HEIGHT, "properties": properties}


def body(widgets: Iterable[Widget]) -> str:
    """The DashboardBody: widgets from left to right, then in the next row."""
    placed = []
    x = y = row_height = 0
    for widget in widgets:
        if x + widget["width"] > _COLUMNS:
            x, y, row_height = 0, y + row_height, 0
        placed.append({**widget, "x": x, "y": y})
        x, row_height = x + widget["width"], max(row_height, widget["height"])
    return json.dumps({"widgets": placed}, separators=(",", ":"))
