"""What is kept of a metric with many values."""

import math
import random
from typing import Any

import pytest
from ministack.services import cloudwatch

from localaws.alarms.metric_points import fitted, merge_long_series, merged


def point(at: float, value: float, **more: Any) -> dict[str, Any]:
    return {"Timestamp": at, "Unit": "Microseconds", "Dimensions": {}, "Value": value, **more}


def statistics(at: float, count: float, total: float, least: float, most: float) -> dict[str, Any]:
    found = {"SampleCount": count, "Sum": total, "Minimum": least, "Maximum": most}
    return point(at, total / count, _stat=found)


def test_counts_and_sums_stay_exact_and_percentiles_nearly() -> None:
    chance = random.Random(1)
    values = [chance.lognormvariate(10, 1) for _ in range(20_000)]
    found = merged([point(at=1_000_000_000 + number / 1000, value=value) for number, value in enumerate(values)])
    assert len(found) < 1000
    assert sum(one["Count"] for one in found) == len(values)
    assert math.isclose(sum(one["Count"] * one["Value"] for one in found), sum(values))
    spread = sorted(value for one in found for value in [one["Value"]] * int(one["Count"]))
    for share in (0.5, 0.9, 0.99, 0.999):
        place = int(len(values) * share)
        assert math.isclose(spread[place], sorted(values)[place], rel_tol=0.02)


def test_minutes_units_and_small_counts_are_kept_apart() -> None:
    points = [point(0, 1), point(59, 1), point(60, 1), point(61, 0), point(62, 2), point(63, -1), point(64, 1.5)]
    found = merged([*points, {**point(1, 1), "Unit": "Count"}])
    assert [(one["Timestamp"], one["Unit"], one["Value"], one["Count"]) for one in found] == [
        (0, "Microseconds", 1, 2),
        (0, "Count", 1, 1),
        (60, "Microseconds", 1, 1),
        (60, "Microseconds", 0, 1),
        (60, "Microseconds", 2, 1),
        (60, "Microseconds", -1, 1),
        (60, "Microseconds", 1.5, 1),
    ]


def test_merging_again_changes_nothing_and_the_statistic_sets_of_a_minute_become_one() -> None:
    sets = [statistics(5, 2, 6, 1, 5), statistics(6, 3, 3, 0.5, 2), statistics(61, 1, 9, 9, 9)]
    once = merged([point(1, 1000), point(2, 1001), *sets])
    assert merged(once) == once
    assert [one["_stat"] for one in once if "_stat" in one] == [
        {"SampleCount": 5, "Sum": 9, "Minimum": 0.5, "Maximum": 5},
        {"SampleCount": 1, "Sum": 9, "Minimum": 9, "Maximum": 9},
    ]


def test_a_long_series_is_coarse_where_it_is_old_and_fine_where_it_is_new() -> None:
    chance = random.Random(2)
    minutes = 400
    points = [point(at=minute * 60 + second, value=chance.lognormvariate(10, 1)) for minute in range(minutes)
              for second in range(60)]  # fmt: skip
    found = fitted(points, most=200)
    assert len(found) <= 200
    assert sum(one["Count"] for one in found) == len(points)
    assert math.isclose(sum(one["Count"] * one["Value"] for one in found), sum(one["Value"] for one in points))
    assert found[-60:] == merged(points)[-60:]


def test_a_metric_for_years_is_bounded_by_letting_the_oldest_go() -> None:
    found = fitted([point(at=day * 86_400, value=day) for day in range(5000)], most=100)
    assert len(found) <= 100
    assert found[-1]["Value"] == 4999


def test_what_is_stored_does_not_grow_with_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    for changed in ("_store_datum", "_evict_old_metrics", "_metrics"):
        monkeypatch.setattr(cloudwatch, changed, getattr(cloudwatch, changed))
    merge_long_series()
    chance = random.Random(3)

    def measure(number: int) -> int:
        for request in range(number):
            for endpoint in range(5):
                at, dimensions = 1e9 + request, {"EndpointName": f"bounded-{endpoint}"}
                values = [chance.lognormvariate(10, 1) for _ in range(4)]
                cloudwatch._store_datum("Bounded", "ModelLatency", dimensions, at, "None", None, values, None, None)
                cloudwatch._store_datum("Bounded", "Invocations", dimensions, at, "None", 1, None, None, None)
                sums = {"SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1}
                cloudwatch._store_datum("Bounded", "Sums", dimensions, at, "None", None, None, None, sums)
        return sum(len(points) for key, points in cloudwatch._metrics.items() if key[0] == "Bounded")

    measure(1000)
    after = measure(5000)
    assert after <= 15 * 500, f"{after} points of 90,000 values"
    invocations = [points for key, points in cloudwatch._metrics.items() if key[:2] == ("Bounded", "Invocations")]
    assert sum(one.get("Count", 1) for points in invocations for one in points) == 30_000
