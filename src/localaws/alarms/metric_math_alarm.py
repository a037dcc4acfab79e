"""Alarms on metric math: MiniStack's alarms watch one metric each, be they from a template or from the API."""

from typing import Any

from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

from localaws.alarms.metric_math import Expression
from localaws.botocore_model import botocore_model
from localaws.cloudformation.api_request import PropertiesError, api_request

# What an alarm on one metric has and an alarm on `Metrics` must not have (API reference, PutMetricAlarm).
_SINGLE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Statistic", "ExtendedStatistic", "Unit")
Members = dict[str, Any]


def accept_metric_math() -> None:
    """Let AWS::CloudWatch::Alarm and PutMetricAlarm take `Metrics`; all else about alarms stays MiniStack's."""
    record_of_one_metric, put_of_one_metric = provisioners._cw_metric_alarm_record, cloudwatch._put_metric_alarm

    def record(name: str, properties: Members) -> Members:
        if not properties.get("Metrics"):
            alarm: Members = record_of_one_metric(name, properties)
            return alarm
        metrics = _checked_metrics(name, properties)
        common = {key: value for key, value in properties.items() if key != "Metrics"}
        # The two required names are only there to pass; an alarm on metric math has neither.
        return _watching(record_of_one_metric(name, {**common, "MetricName": "-", "Namespace": "-"}), metrics)

    def put(query: Members, members: Members, is_cbor: bool, is_json: bool = False) -> Any:
        if any(name.startswith("Metrics.") for name in query):
            return cloudwatch._error(
                "InvalidParameterValue", "embedded AWS takes Metrics in CBOR or JSON, as today's SDKs send them", 400
            )
        if not members.get("Metrics"):
            return put_of_one_metric(query, members, is_cbor, is_json)
        name = str(members.get("AlarmName", ""))
        try:
            metrics = _checked_metrics(name, members)
        except ValueError as problem:
            return cloudwatch._error("ValidationError", str(problem), 400, use_json=is_json, use_cbor=is_cbor)
        common = {key: value for key, value in members.items() if key != "Metrics"}
        response = put_of_one_metric(query, common, is_cbor, is_json)
        if response[0] < 300:
            cloudwatch._alarms[name] = _watching(cloudwatch._alarms[name], metrics)
        return response

    provisioners._cw_metric_alarm_record, cloudwatch._put_metric_alarm = record, put


def _watching(alarm: Members, metrics: list[Members]) -> Members:
    """The alarm's record with metrics in place of the one metric that it would have."""
    kept = {member: value for member, value in alarm.items() if member not in _SINGLE_METRIC}
    return {**kept, "Dimensions": [], "Metrics": metrics}


def _checked_metrics(name: str, properties: Members) -> list[dict[str, Any]]:
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
