"""AWS::CloudWatch::Alarm on metric math: MiniStack's type knows alarms on one metric only."""

from typing import Any

from ministack.services.cloudformation import provisioners

from localaws.alarms.metric_math import Expression
from localaws.botocore_model import botocore_model
from localaws.cloudformation.api_request import PropertiesError, api_request
from localaws.cloudformation.resource_type import Properties

# What an alarm on one metric has and an alarm on `Metrics` must not have (API reference, PutMetricAlarm).
_SINGLE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Statistic", "ExtendedStatistic", "Unit")


def accept_metric_math() -> None:
    """Let MiniStack's alarm type take `Metrics`; naming, tags, update and deletion stay its own."""
    record_of_one_metric = provisioners._cw_metric_alarm_record

    def record(name: str, properties: Properties) -> dict[str, Any]:
        if not properties.get("Metrics"):
            alarm: dict[str, Any] = record_of_one_metric(name, properties)
            return alarm
        metrics = _checked_metrics(name, properties)
        common = {key: value for key, value in properties.items() if key != "Metrics"}
        # The two required names are only there to pass; an alarm on metric math has neither.
        alarm = record_of_one_metric(name, {**common, "MetricName": "-", "Namespace": "-"})
        kept = {member: value for member, value in alarm.items() if member not in _SINGLE_METRIC}
        return {**kept, "Dimensions": [], "Metrics": metrics}

    provisioners._cw_metric_alarm_record = record


def _checked_metrics(name: str, properties: Properties) -> list[dict[str, Any]]:
    both = [member for member in _SINGLE_METRIC if properties.get(member) is not None]
    if both:
        raise PropertiesError(f"{both[0]} must not be set for alarm {name}: its Metrics say what it watches")
    request = api_request(
        botocore_model("cloudwatch"), "PutMetricAlarm", {"AlarmName": name, "Metrics": properties["Metrics"]}
    )
    metrics: list[dict[str, Any]] = request["Metrics"]
    for query in metrics:
        if "Expression" in query:
            Expression.parse(query["Expression"])
    # ReturnData is true unless said otherwise (API reference, MetricDataQuery).
    returned = [query["Id"] for query in metrics if query.get("ReturnData", True)]
    if len(returned) != 1:
        raise PropertiesError(
            f"exactly one element of Metrics must return data, and {len(returned)} of alarm {name} do "
            f"({', '.join(returned) or 'none'}); set ReturnData to false on the others"
        )
    return metrics
