"""What wakes who runs signals: the stream lags or throttles, a processor fails, records or captures are given up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard.catalog.standing_alarms import AGGREGATION_ALARMS, SIGNALS_ALARMS, alarm_id
from modelyard_constructs.alarm_topic import AlarmTopic
from modelyard_constructs.alarm_words import anchor, folder_of_runbooks
from modelyard_constructs.capture_processing import CaptureProcessing
from modelyard_constructs.flink_aggregation import FlinkAggregation
from modelyard_constructs.record_stream import RecordStream
from modelyard_constructs.stream_processing import StreamProcessing
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

RUNBOOK = "signals-alarms.md"
# Half of what CloudWatch's own alarms wait for: metrics that are later than this no longer describe the present.
MAX_LAG_MINUTES = 10
# The longest that Firehose can be told to buffer, which AWS's guide takes for its alarm as well; ours buffers five.
# https://docs.aws.amazon.com/firehose/latest/dev/firehose-cloudwatch-metrics-best-practices.html
MAX_TABLE_LAG_MINUTES = 15
_MINUTE, _FIVE_MINUTES = 60, 300
# More than none, in two of three times five minutes: what passes by itself wakes nobody.
_ANY = {"Statistic": "Sum", "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 0}
# Nothing is published while nothing is read: an environment without requests is well.
_NO_FAULT = "notBreaching"
Condition = dict[str, Any]


class ProcessingAlarms:
    """Alarms of the foundation, with metrics that AWS and the processors themselves publish.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
    https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    """

    def __init__(self, scope: Scope, *, target: Target, tags: TagSet, topic: AlarmTopic) -> None:
        self._scope = scope
        self._target = target
        self._topic = topic
        self._tags = tags.listing("alarms")

    def watch_stream(self, stream: RecordStream) -> None:
        """Records that the stream refuses: their senders try again, and drop them in the end."""
        refused = _metric("AWS/Kinesis", "WriteProvisionedThroughputExceeded", StreamName=stream.reference)
        self._alarm(
            "StreamThrottles",
            "the record stream",
            "refuses more than 0 records in 5 minutes, in 10 of 15 minutes, because more come than its shards take",
            "give the stream more shards, or let it be on-demand",
            {**refused, **_ANY, "Period": _FIVE_MINUTES},
        )

    def watch_processor(self, records: StreamProcessing) -> None:
        """The stream's processor: how late it is, what it fails at, what it gives up, what it cannot read."""
        age = _metric("AWS/Lambda", "IteratorAge", FunctionName=records.function_name)
        self._alarm(
            "IteratorAge",
            "the record stream",
            f"is more than {MAX_LAG_MINUTES} minutes behind, for 5 minutes: metrics and table are late",
            "look for errors of the processor; without any, give the stream more shards",
            {
                **age,
                "Statistic": "Maximum",
                "Period": _MINUTE,
                "EvaluationPeriods": 5,
                "DatapointsToAlarm": 5,
                # Lambda counts milliseconds.
                "Threshold": MAX_LAG_MINUTES * 60 * 1000,
            },
        )
        # Lambda's Errors do not count an answer that asks for a part of the batch again; the mapping's metrics do.
        mapping = {"EventSourceMappingUUID": records.mapping.reference}
        failing = {
            "errors": _metric("AWS/Lambda", "Errors", FunctionName=records.function_name),
            "returned": _metric("AWS/Lambda", "FailedInvokeEventCount", **mapping),
        }
        self._alarm(
            "ProcessorErrors",
            "the record stream's processor",
            "fails more than 0 times in 5 minutes, in 10 of 15 minutes: batches are tried again, then given up",
            "read the newest errors in the function's log group; what is given up is kept for 30 days",
            {"Metrics": _together("failures", **failing), **{key: _ANY[key] for key in _ANY if key != "Statistic"}},
        )
        given_up = _metric("AWS/Lambda", "OnFailureDestinationDeliveredEventCount", **mapping)
        self._alarm(
            "GivenUpBatches",
            "the record stream's processor",
            "has given up more than 0 records: they are in neither table nor metrics until somebody runs them again",
            "mend what failed, then run the event that lies below aws/lambda/ in the signals bucket again",
            # It was tried 30 times and more, so that one of them is no blip.
            {**given_up, **_ANY, "Period": _FIVE_MINUTES, "EvaluationPeriods": 1, "DatapointsToAlarm": 1},
        )
        poison = _metric("modelyard/Processor", "RecordsPoison", EnvironmentName=self._target.environment_name)
        self._alarm(
            "PoisonRecords",
            "the record stream",
            "brings more than 0 lines in 5 minutes that are no records, in 10 of 15 minutes",
            "read one below poison/ in the signals bucket: its log group says which endpoint writes it",
            {**poison, **_ANY, "Period": _FIVE_MINUTES},
        )

    def watch_table(self, delivery_name: str) -> None:
        """What Firehose has, and the table has not."""
        freshness = _metric("AWS/Firehose", "DeliveryToS3.DataFreshness", DeliveryStreamName=delivery_name)
        self._alarm(
            "TableLate",
            "the table of requests",
            f"lacks records that are more than {MAX_TABLE_LAG_MINUTES} minutes old, for 15 minutes",
            "read the delivery stream's log group: usually a grant on bucket, key or Glue table is gone",
            {
                **freshness,
                "Statistic": "Maximum",
                "Period": _FIVE_MINUTES,
                "EvaluationPeriods": 3,
                "DatapointsToAlarm": 3,
                "Threshold": MAX_TABLE_LAG_MINUTES * 60,
            },
        )
        unconverted = _metric("AWS/Firehose", "FailedConversion.Records", DeliveryStreamName=delivery_name)
        self._alarm(
            "TableConversion",
            "the table of requests",
            "lacks more than 0 records in 5 minutes that could not be converted, in 10 of 15 minutes",
            "read one below errors/ in the signals bucket, and compare its fields with the table's columns",
            {**unconverted, **_ANY, "Period": _FIVE_MINUTES},
        )

    def watch_capture(self, capture: CaptureProcessing) -> None:
        """The capture processor, and the queue of what it gave up."""
        errors = _metric("AWS/Lambda", "Errors", FunctionName=capture.function_name)
        self._alarm(
            "CaptureErrors",
            "the capture processor",
            "fails more than 0 times in 5 minutes, in 10 of 15 minutes: each file is tried three times, then given up",
            "read the newest errors in the function's log group",
            {**errors, **_ANY, "Period": _FIVE_MINUTES},
        )
        waiting = _metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName=capture.failures_name)
        self._alarm(
            "CaptureFailures",
            "the capture processor",
            "has given up more than 0 files, whose raw form is deleted after raw_capture_keep_days",
            "mend what failed, then invoke the function with the requestPayload of each message in the queue",
            {**waiting, **_ANY, "Statistic": "Maximum", "Period": _FIVE_MINUTES},
            # SQS stops publishing of a queue that nobody touched for six hours, and what waits in it waits on.
            without_data="ignore",
        )

    def watch_aggregation(self, aggregation: FlinkAggregation, records: StreamProcessing) -> None:
        """What Flink should publish of the records that the other function reads, and what publishes it."""
        counts = {
            "read": _metric("AWS/Lambda", "Invocations", FunctionName=records.function_name),
            "published": _metric("AWS/Lambda", "Invocations", FunctionName=aggregation.publisher_name),
        }
        self._alarm(
            "WindowsMissing",
            "the aggregation by Flink",
            "has published 0 windows in 15 minutes in which records were read: metrics of requests are missing",
            "look whether the application runs, start it if not; else read its log group and last checkpoint",
            {
                "Metrics": _combined("missing", "IF(FILL(published, 0) == 0 && read > 0, 1, 0)", counts),
                "EvaluationPeriods": 3,
                "DatapointsToAlarm": 3,
                "Threshold": 0,
            },
            declared=AGGREGATION_ALARMS,
        )
        failing = {
            "errors": _metric("AWS/Lambda", "Errors", FunctionName=aggregation.publisher_name),
            "returned": _metric(
                "AWS/Lambda", "FailedInvokeEventCount", EventSourceMappingUUID=aggregation.mapping.reference
            ),
        }
        self._alarm(
            "WindowPublisherErrors",
            "the window publisher",
            "fails more than 0 times in 5 minutes, in 10 of 15 minutes: batches are tried again, then given up",
            "read the newest errors in the function's log group; what is given up is kept for 30 days",
            {"Metrics": _together("failures", **failing), **{key: _ANY[key] for key in _ANY if key != "Statistic"}},
            declared=AGGREGATION_ALARMS,
        )

    def _alarm(
        self,
        name: str,
        subject: str,
        what: str,
        first: str,
        condition: Condition,
        *,
        without_data: str = _NO_FAULT,
        declared: Collection[str] = SIGNALS_ALARMS,
    ) -> None:
        read_on = f"{folder_of_runbooks(self._target)}/{RUNBOOK}#{anchor(name)}"
        Resource(
            self._scope,
            alarm_id(name, declared),
            type="AWS::CloudWatch::Alarm",
            properties={
                "AlarmDescription": f"{subject} of {self._target.environment_name} {what}. First: {first}. "
                f"Runbook: {read_on}",
                **condition,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": without_data,
                "AlarmActions": [self._topic.reference],
                "OKActions": [self._topic.reference],
                "Tags": self._tags,
            },
        )


def _metric(namespace: str, name: str, **dimensions: str | Reference) -> Condition:
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }


def _together(label: str, **metrics: Condition) -> list[Condition]:
    """The sum of several counts, none of which is published while it is 0."""
    return _combined(label, " + ".join(f"FILL({key}, 0)" for key in metrics), metrics)


def _combined(label: str, expression: str, metrics: Mapping[str, Condition]) -> list[Condition]:
    """What an expression makes of counts, each by its key."""
    counts = [
        {
            "Id": key,
            "MetricStat": {"Metric": metric, "Stat": "Sum", "Period": _FIVE_MINUTES},
            "ReturnData": False,
        }
        for key, metric in metrics.items()
    ]
    return [{"Id": "together", "Label": label, "Expression": expression, "ReturnData": True}, *counts]
