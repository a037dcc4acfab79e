"""A metric that is published without a time was measured now: by the one clock, which alarms and our own metrics keep.

MiniStack takes the machine's time. Under a faster clock, what a function publishes would lie hours behind the requests
that it counts, and an alarm that compares both would ring.
"""

from typing import Any

from ministack.services import cloudwatch

from localaws.clock import Clock


def stamp_metrics_by(clock: Clock) -> None:
    """Let PutMetricData take the clock's time where a metric has none."""
    put = cloudwatch._put_metric_data

    def put_stamped(parameters: dict[str, Any], data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        now = clock.now()
        if is_cbor or is_json:
            for metric in data.get("MetricData") or []:
                if not metric.get("Timestamp"):
                    metric["Timestamp"] = now.timestamp()
        else:
            number = 1
            while cloudwatch._p(parameters, f"MetricData.member.{number}.MetricName"):
                name = f"MetricData.member.{number}.Timestamp"
                if not cloudwatch._p(parameters, name):
                    parameters[name] = [f"{now:%Y-%m-%dT%H:%M:%S.%f}Z"]
                number += 1
        return put(parameters, data, is_cbor, is_json)

    cloudwatch._put_metric_data = put_stamped
