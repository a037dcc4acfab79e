"""Keeps of a metric what CloudWatch keeps, so that memory does not grow with each request.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html: a metric that is not published as
high-resolution has data of one minute's granularity. MiniStack keeps every single value. Here the older values of a
long series are merged by the minute, those within one percent of each other into one that has their mean and their
number: counts and sums stay exact, a percentile moves by less than a percent.
"""

import math
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch

Point = dict[str, Any]

_MINUTE = 60
# A series is left as it is up to here.
_MOST_POINTS = 500
_VALUES_PER_FACTOR_OF_E = 100


def merge_long_series() -> None:
    """Let MiniStack's CloudWatch store values as before, and merge a series whenever it has doubled."""
    store = cloudwatch._store_datum
    merge_at: dict[tuple[Any, ...], int] = {}

    def store_and_merge(namespace: str, name: str, dimensions: dict[str, str], *datum: Any) -> None:
        store(namespace, name, dimensions, *datum)
        key = (namespace, name, cloudwatch._dims_key(dimensions))
        points = cloudwatch._metric_bucket(key)
        scoped = (get_account_id(), get_region(), *key)
        if len(points) > merge_at.get(scoped, _MOST_POINTS):
            points[:] = merged(points)
            merge_at[scoped] = max(_MOST_POINTS, 2 * len(points))

    cloudwatch._store_datum = store_and_merge


def merged(points: list[Point]) -> list[Point]:
    """The points in fewer; published statistic sets stay as they are."""
    kept = [point for point in points if "_stat" in point]
    found: dict[tuple[float, str, float], Point] = {}
    for point in points:
        if "_stat" in point:
            continue
        minute = point["Timestamp"] // _MINUTE * _MINUTE
        place = (minute, point["Unit"], _bucket(point["Value"]))
        count, before = point.get("Count", 1.0), found.get(place)
        if before is None:
            found[place] = {**point, "Timestamp": minute, "Count": count}
        else:
            total = before["Count"] + count
            before["Value"] += (point["Value"] - before["Value"]) * count / total
            before["Count"] = total
    return sorted(kept + list(found.values()), key=lambda point: float(point["Timestamp"]))


def _bucket(value: float) -> float:
    """The same for values within a percent of each other; small whole numbers, counts above all, are kept apart."""
    if value == 0 or (value == int(value) and abs(value) <= _VALUES_PER_FACTOR_OF_E):
        return value
    return math.copysign(math.floor(math.log(abs(value)) * _VALUES_PER_FACTOR_OF_E) + 0.5, value)
