"""What is kept of a metric with many values."""

import math
import random
from typing import Any

from localaws.alarms.metric_points import merged


def point(at: float, value: float, **more: Any) -> dict[str, Any]:
    return {"Timestamp": at, "Unit": "Microseconds", "Dimensions": {}, "Value": value, **more}


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


def test_merging_again_changes_nothing_and_statistic_sets_stay() -> None:
    statistics = {**point(5, 3), "_stat": {"SampleCount": 2, "Sum": 6}}
    once = merged([point(1, 1000), point(2, 1001), statistics])
    assert merged(once) == once
    assert statistics in once
