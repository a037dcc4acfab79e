"""When a metric was measured that does not say so."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any


def test_a_metric_without_a_time_has_the_clocks_and_one_with_a_time_keeps_it(start_embedded_aws: Any) -> None:
    running = start_embedded_aws("--clock-factor", "7200")
    time.sleep(1)  # two hours of the clock
    cloudwatch = running.client("cloudwatch")
    said = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    cloudwatch.put_metric_data(
        Namespace="test",
        MetricData=[
            {"MetricName": "now", "Value": 1},
            {"MetricName": "then", "Value": 1, "Timestamp": said},
            {"MetricName": "now", "Values": [2.0, 3.0]},
        ],
    )

    def points(name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = cloudwatch.get_metric_statistics(
            Namespace="test",
            MetricName=name,
            StartTime=said - timedelta(days=1),
            EndTime=said + timedelta(days=30),
            Period=60,
            Statistics=["SampleCount"],
        )["Datapoints"]
        return found

    (now,) = points("now")
    assert now["SampleCount"] == 3
    assert now["Timestamp"] > datetime.now(UTC) + timedelta(hours=1)
    (then,) = points("then")
    assert abs(then["Timestamp"] - said) <= timedelta(minutes=1)
