"""What wakes a team: the few things that are wrong with an endpoint whatever it serves."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack

from modelyard_constructs.alarm_topic import AlarmTopic
from modelyard_constructs.endpoint_metric import of_queue, of_variant
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.resource import Resource

_MICROSECONDS = 1_000_000
_FIVE_MINUTES = 300
# An instance that takes longer than this to start is not starting: its type is short, or its model fails to load.
_NO_CAPACITY_MINUTES = 20


class EndpointAlarms:
    """Alarms right for the entry's kind; each tells its topic when it fires and when it is over."""

    def __init__(self, scope: Stack, *, plan: EndpointPlan, topic: AlarmTopic) -> None:
        self._scope = scope
        self._name = plan.endpoint_name
        self._topic = topic
        self._tags = plan.tags.listing("alarms")
        endpoint = plan.endpoint
        self._server_errors()
        self._latency(endpoint.alarms.latency_p99_seconds)
        if endpoint.kind == "async":
            self._backlog_age(endpoint.alarms.backlog_age_seconds)
            self._no_capacity()
        else:
            # An asynchronous endpoint publishes no Invocations to set its errors against.
            self._client_errors(endpoint.alarms.client_error_percent)

    def _server_errors(self) -> None:
        self._alarm(
            "ServerErrors",
            "answered with 5XX: the container failed or ran out of memory",
            {
                **of_variant("Invocation5XXErrors", self._name),
                "Statistic": "Sum",
                "Period": _FIVE_MINUTES,
                "EvaluationPeriods": 1,
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 0,
                "TreatMissingData": "notBreaching",
            },
        )

    def _client_errors(self, percent: float) -> None:
        errors = {"Metric": of_variant("Invocation4XXErrors", self._name), "Stat": "Sum", "Period": _FIVE_MINUTES}
        requests = {"Metric": of_variant("Invocations", self._name), "Stat": "Sum", "Period": _FIVE_MINUTES}
        share = {
            "Id": "share",
            "Label": "4XX errors, percent of requests",
            "Expression": "IF(requests > 0, 100 * FILL(errors, 0) / requests, 0)",
            "ReturnData": True,
        }
        self._alarm(
            "ClientErrors",
            f"refused more than {percent:g} percent of its requests: a caller sends what the model does not understand",
            {
                "Metrics": [
                    share,
                    {"Id": "errors", "MetricStat": errors, "ReturnData": False},
                    {"Id": "requests", "MetricStat": requests, "ReturnData": False},
                ],
                "EvaluationPeriods": 3,
                "DatapointsToAlarm": 3,
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": percent,
                "TreatMissingData": "notBreaching",
            },
        )

    def _latency(self, seconds: float) -> None:
        self._alarm(
            "Latency",
            f"takes longer than {seconds:g} s for one request in a hundred",
            {
                **of_variant("ModelLatency", self._name),
                "ExtendedStatistic": "p99",
                "Period": _FIVE_MINUTES,
                "EvaluationPeriods": 3,
                "DatapointsToAlarm": 3,
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": seconds * _MICROSECONDS,
                "TreatMissingData": "notBreaching",
            },
        )

    def _backlog_age(self, seconds: int) -> None:
        self._alarm(
            "BacklogAge",
            f"lets its oldest request wait longer than {seconds} s",
            {
                **of_queue("ApproximateAgeOfOldestRequest", self._name),
                "Statistic": "Maximum",
                "Period": 60,
                "EvaluationPeriods": 5,
                "DatapointsToAlarm": 5,
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": seconds,
                "TreatMissingData": "missing",
            },
        )

    def _no_capacity(self) -> None:
        self._alarm(
            "NoCapacity",
            f"has had requests and no instance for {_NO_CAPACITY_MINUTES} minutes: its instance type may be short",
            {
                **of_queue("HasBacklogWithoutCapacity", self._name),
                "Statistic": "Minimum",
                "Period": 60,
                "EvaluationPeriods": _NO_CAPACITY_MINUTES,
                "DatapointsToAlarm": _NO_CAPACITY_MINUTES,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "Threshold": 1,
                "TreatMissingData": "missing",
            },
        )

    def _alarm(self, logical_id: str, description: str, condition: dict[str, Any]) -> None:
        Resource(
            self._scope,
            f"{logical_id}Alarm",
            type="AWS::CloudWatch::Alarm",
            properties={
                "AlarmDescription": f"{self._name} {description}",
                **condition,
                "AlarmActions": [self._topic.reference],
                "OKActions": [self._topic.reference],
                "Tags": self._tags,
            },
        )
