"""Keeps of a metric what CloudWatch keeps, within a bound, so that memory does not grow with each request.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html: a metric that is not published as
high-resolution has data of one minute's granularity, which becomes five minutes' and an hour's as it ages
(cloudwatch_concepts.html, metrics retention). MiniStack keeps every single value, and looks at each of them at every
request. Here the values of a minute that lie within one percent of each other are merged into one that has their mean
and their number: counts and sums stay exact, a percentile moves by less than a percent. A series that is still too long
becomes coarser from its oldest end, and at last loses it.
"""

import math
import threading
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch

Point = dict[str, Any]

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_FINEST = 0.01
# Shorter series stay as they are, where all of them have room.
_LEFT_ALONE = 250
# What one series may hold, and all of them: a point takes about 300 bytes.
_MOST_POINTS = 500
_MOST_POINTS_OF_ALL = 50_000
_FEWEST_POINTS = 60
# How old values are merged when those of a series are too many: within which time, and how far apart.
_COARSER = (
    (_MINUTE, 0.02),
    (_MINUTE, 0.05),
    (_MINUTE, 0.2),
    (5 * _MINUTE, 0.2),
    (_HOUR, 0.2),
    (_HOUR, 2.0),
    (_DAY, 2.0),
)
# Counts up to here, tokens for example, are kept apart while a series is short.
_SMALL = 1000


def merge_long_series() -> None:
    """Let MiniStack's CloudWatch store values as before, and merge a series whenever it has doubled."""
    store = cloudwatch._store_datum
    merge_at: dict[tuple[Any, ...], int] = {}
    lock = threading.Lock()

    def store_and_merge(namespace: str, name: str, dimensions: dict[str, str], *datum: Any) -> None:
        with lock:
            store(namespace, name, dimensions, *datum)
            key = (namespace, name, cloudwatch._dims_key(dimensions))
            points = cloudwatch._metric_bucket(key)
            scoped = (get_account_id(), get_region(), *key)
            most = _allowed(len(cloudwatch._metrics._data))
            if len(points) > min(merge_at.get(scoped, _LEFT_ALONE), most):
                points[:] = fitted(points, most=most // 2)
                merge_at[scoped] = max(_LEFT_ALONE, 2 * len(points))

    cloudwatch._store_datum = store_and_merge
    # It would look at every value of every metric, at every request, by the machine's clock.
    cloudwatch._evict_old_metrics = lambda: None


def _allowed(series: int) -> int:
    return min(_MOST_POINTS, max(_FEWEST_POINTS, _MOST_POINTS_OF_ALL // series))


def fitted(points: list[Point], *, most: int) -> list[Point]:
    """The points in at most so many: merged by the minute, and coarser from the oldest on where that is not enough."""
    found = merged(points)
    for seconds, precision in _COARSER:
        if len(found) <= most:
            return found
        newest = max(1, most // 2)
        found = merged(found[:-newest], seconds=seconds, precision=precision) + found[-newest:]
    return found[-most:]


def merged(points: list[Point], *, seconds: int = _MINUTE, precision: float = _FINEST) -> list[Point]:
    """The points in fewer, by time and by value; the statistic sets of one time become one."""
    found: dict[tuple[float, str, float | None], Point] = {}
    for point in points:
        start = point["Timestamp"] // seconds * seconds
        place = (start, point["Unit"], None if "_stat" in point else _bucket(point["Value"], precision))
        before = found.get(place)
        if before is None:
            found[place] = {**point, "Timestamp": start}
            if "_stat" not in point:
                found[place]["Count"] = point.get("Count", 1.0)
        elif "_stat" in point:
            _add_statistics(before, point["_stat"])
        else:
            count = point.get("Count", 1.0)
            total = before["Count"] + count
            before["Value"] += (point["Value"] - before["Value"]) * count / total
            before["Count"] = total
    return sorted(found.values(), key=lambda point: float(point["Timestamp"]))


def _add_statistics(point: Point, more: dict[str, Any]) -> None:
    known = point["_stat"]
    count, total = (float(known.get(name, 0)) + float(more.get(name, 0)) for name in ("SampleCount", "Sum"))
    point["_stat"] = {
        "SampleCount": count,
        "Sum": total,
        "Minimum": min(float(known.get("Minimum", 0)), float(more.get("Minimum", 0))),
        "Maximum": max(float(known.get("Maximum", 0)), float(more.get("Maximum", 0))),
    }
    point["Value"] = total / count if count else 0.0


def _bucket(value: float, precision: float) -> float:
    """The same for values that near to each other. The finest keeps small whole numbers apart, counts above all."""
    if value == 0 or (precision == _FINEST and value == int(value) and abs(value) <= _SMALL):
        return value
    return math.copysign(math.floor(math.log(abs(value)) / precision) + 0.5, value)
