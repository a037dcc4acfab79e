"""Read MiniStack's metric store one metric at a time: exact dimensions, one value per period."""

from typing import Any

from ministack.services import cloudwatch

from localaws.alarms.metric_math import Series

_BASIC = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


def read_series(metric: dict[str, Any], *, period: int, statistic: str, first: int, last: int) -> Series:
    """The metric's statistic per period start, for the periods from `first` to `last`; periods without data are absent.

    `first` and `last` are starts of periods. `metric` has Namespace, MetricName and Dimensions. As on AWS a metric is
    only found with exactly its dimensions.
    """
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(metric.get("Dimensions") or []))
    points = cloudwatch._metrics.get((metric["Namespace"], metric["MetricName"], dimensions)) or []
    by_period: dict[int, list[dict[str, Any]]] = {}
    for point in points:
        # Most are of other periods: every alarm looks at every point of its metrics once a minute.
        if first <= point["Timestamp"] < last + period:
            by_period.setdefault(int(point["Timestamp"] // period) * period, []).append(point)
    series: Series = {}
    for start, inside in sorted(by_period.items()):
        value = _value(inside, statistic)
        if value is not None:
            series[start] = value
    return series


def _value(points: list[dict[str, Any]], statistic: str) -> float | None:
    statistics = cloudwatch._calc_stats(points)
    if not statistics:
        return None
    if statistic in _BASIC:
        return float(statistics[statistic])
    value = cloudwatch._stat_value(statistics, statistic, points)
    return None if value is None else float(value)
