"""What wakes who runs the record stream: it lags, its processor fails, or what arrives is no record."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack

from modelyard_constructs.alarm_topic import AlarmTopic
from modelyard_constructs.alarm_words import anchor, folder_of_runbooks
from modelyard_constructs.resource import Resource
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

RUNBOOK = "signals-alarms.md"
# Half of what CloudWatch's own alarms wait for: metrics that are later than this no longer describe the present.
MAX_LAG_MINUTES = 10
_MINUTE, _FIVE_MINUTES = 60, 300


class ProcessingAlarms:
    """Three alarms of the foundation, with metrics that Lambda and the processor itself publish.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """

    def __init__(self, scope: Stack, *, target: Target, tags: TagSet, function_name: str, topic: AlarmTopic) -> None:
        self._scope = scope
        self._target = target
        self._topic = topic
        self._tags = tags.listing("alarms")
        function = [{"Name": "FunctionName", "Value": function_name}]
        environment = [{"Name": "EnvironmentName", "Value": target.environment_name}]
        self._alarm(
            "IteratorAge",
            f"is more than {MAX_LAG_MINUTES} minutes behind, for 5 minutes: metrics and table are late",
            "look for errors of the processor; without any, give the stream more shards",
            {
                "Namespace": "AWS/Lambda",
                "MetricName": "IteratorAge",
                "Dimensions": function,
                "Statistic": "Maximum",
                "Period": _MINUTE,
                "EvaluationPeriods": 5,
                "DatapointsToAlarm": 5,
                "Threshold": MAX_LAG_MINUTES * 60 * 1000,
            },
        )
        counted = {"Statistic": "Sum", "Period": _FIVE_MINUTES, "EvaluationPeriods": 3, "DatapointsToAlarm": 2}
        self._alarm(
            "ProcessorErrors",
            "fails more than 0 times in 5 minutes, in 10 of 15 minutes: batches are tried again, then given up",
            "read the newest errors in the function's log group; what is given up is kept for 30 days",
            {
                "Namespace": "AWS/Lambda",
                "MetricName": "Errors",
                "Dimensions": function,
                "Threshold": 0,
                **counted,
            },
        )
        self._alarm(
            "PoisonRecords",
            "meets more than 0 lines in 5 minutes that are no records, in 10 of 15 minutes",
            "read one below poison/ in the signals bucket: its log group says which endpoint writes it",
            {
                "Namespace": "modelyard/Processor",
                "MetricName": "RecordsPoison",
                "Dimensions": environment,
                "Threshold": 0,
                **counted,
            },
        )

    def _alarm(self, name: str, what: str, first: str, condition: dict[str, Any]) -> None:
        read_on = f"{folder_of_runbooks(self._target)}/{RUNBOOK}#{anchor(name)}"
        Resource(
            self._scope,
            f"{name}Alarm",
            type="AWS::CloudWatch::Alarm",
            properties={
                "AlarmDescription": f"the record stream of {self._target.environment_name} {what}. First: {first}. "
                f"Runbook: {read_on}",
                **condition,
                "ComparisonOperator": "GreaterThanThreshold",
                # Nothing is published while nothing is read: an environment without requests is well.
                "TreatMissingData": "notBreaching",
                "AlarmActions": [self._topic.reference],
                "OKActions": [self._topic.reference],
                "Tags": self._tags,
            },
        )
