"""What CloudWatch knows after it was sent data: sums and distributions by metric, endpoint, variant and minute."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import Any

Key = tuple[str, str, str, str]
Numbers = dict[str, Any]
# The steps that durations are published on.
_STEP = math.log(1.005)
PERCENTILES = (50, 90, 99)


class Published:
    """A CloudWatch that adds up what it is sent, as it does for any metric whose data comes in parts."""

    def __init__(self) -> None:
        self.calls = 0
        self._sums: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 2**63, 0])
        self._durations: dict[Key, Counter[float]] = defaultdict(Counter)

    def put_metric_data(self, **request: Any) -> None:
        """Take data, as the service does."""
        if request["Namespace"] != "modelyard/Requests":
            return
        self.calls += 1
        for datum in request["MetricData"]:
            endpoint, variant = (dimension["Value"] for dimension in datum["Dimensions"])
            key = (datum["MetricName"], endpoint, variant, datum["Timestamp"].removesuffix(":00Z"))
            if "Values" in datum:
                self._durations[key].update(dict(zip(datum["Values"], datum["Counts"], strict=True)))
            elif "StatisticValues" in datum:
                statistics = datum["StatisticValues"]
                self._add(key, *(statistics[name] for name in ("SampleCount", "Sum", "Minimum", "Maximum")))
            else:
                self._add(key, 1, datum["Value"], datum["Value"], datum["Value"])

    def _add(self, key: Key, count: int, total: int, smallest: int, largest: int) -> None:
        known = self._sums[key]
        self._sums[key] = [known[0] + count, known[1] + total, min(known[2], smallest), max(known[3], largest)]

    def numbers(self) -> dict[str, Numbers]:
        """What is compared. Counts are sums alone: in how many parts they came is nobody's business."""
        found: dict[str, Numbers] = {}
        for key, (count, total, smallest, largest) in self._sums.items():
            tokens = {"count": count, "smallest": smallest, "largest": largest} if key[0].endswith("Tokens") else {}
            found["/".join(key)] = {"sum": total, **tokens}
        for key, durations in self._durations.items():
            found["/".join(key)] = duration_numbers(durations)
        return found


def duration_numbers(durations: Counter[float]) -> Numbers:
    """How many there are, and the steps on which the percentiles by nearest rank lie.

    The step of a percentile is the percentile of the steps, so it is the same whether values were published as they are
    or on their steps, in one part or in many.
    """
    total = durations.total()
    steps = {}
    for percentile in PERCENTILES:
        rank, seen = math.ceil(total * percentile / 100), 0
        for value in sorted(durations):
            seen += durations[value]
            if seen >= rank:
                steps[f"p{percentile}"] = round(math.log(value) / _STEP) if value > 1e-6 else None
                break
    return {"count": total, **steps}
