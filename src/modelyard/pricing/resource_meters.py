"""From a resource to its lines: which meters each type of resource runs. Every line of an estimate begins here.

    stack's resources -> METERS[type] -> Line(component, what, meter, quantity, price)

A function takes all resources of its type in one stack, by logical id, and what is asked of them in a month. Its module
names AWS's pricing page; what one unit of a meter costs, with source and day, stands in prices.json beside this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from modelyard.capacity.weights import weight_bytes
from modelyard.pricing.aggregation_meters import application_lines
from modelyard.pricing.alarm_meters import (
    ALARM,
    alarm_lines,
    composite_lines,
    dashboard_lines,
    policy_lines,
    recipient_lines,
)
from modelyard.pricing.data_volume import gigabytes, stored_gb
from modelyard.pricing.hosting import CONFIGURATION
from modelyard.pricing.hosting_meters import configuration_lines
from modelyard.pricing.line import Line, unpriced
from modelyard.pricing.meters import KEY_MONTH, LOGS_INGESTED, LOGS_STORED, OBJECTS_STORED
from modelyard.pricing.month import Month
from modelyard.pricing.processing_meters import delivery_lines, mapping_lines
from modelyard.pricing.record_meters import DELIVERY, STREAM, stream_lines, subscription_lines
from modelyard.pricing.resources import Properties, of_type, readable

Meters = Callable[[Mapping[str, Properties], Month], Iterator[Line]]
_BYTES_PER_GB = 1 << 30


def resource_lines(month: Month) -> Iterator[Line]:
    """The lines of one stack, type by type, and one for each type of which nobody knows what it is billed by.

    Raises:
        UnreadableResource: where properties are none that CloudFormation takes.
    """
    types = {one["Type"] for one in month.stack.values()}
    for type_name, meters in METERS.items():
        if type_name in types:
            with readable(type_name):
                lines = meters(of_type(month.stack, type_name), month)
                yield from (replace(one, resource_type=type_name) for one in lines)
    for type_name in sorted(types - METERS.keys() - BILLED_ELSEWHERE):
        count = len(of_type(month.stack, type_name))
        what = f"{count} of type {type_name}, of which nothing here knows what it is billed by"
        yield replace(unpriced("others", what), resource_type=type_name)


def _weights(models: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::SageMaker::Model`: the weights that it loads, in the artifacts bucket for as long as anybody needs them."""
    if month.served is None:
        return
    for name, model in month.served.entry.models.items():
        gigabyte = Decimal(weight_bytes(model)) / _BYTES_PER_GB
        yield month.line("weights", f"{name} in the artifacts bucket", OBJECTS_STORED, gigabyte)


def _logs(groups: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::Logs::LogGroup` of an endpoint: what its containers write, besides records."""
    if month.served is None:
        return
    for properties in groups.values():
        traffic = month.served.traffic
        written = gigabytes(month.served.requests, traffic.log_kib_per_request if traffic else None)
        yield month.line("logs", "written", LOGS_INGESTED, written)
        days = properties.get("RetentionInDays")
        if days is None:
            yield unpriced("logs", "kept without an end")
        else:
            yield month.line("logs", f"kept {days} days", LOGS_STORED, stored_gb(written, days))


def _keys(keys: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::KMS::Key`: https://aws.amazon.com/kms/pricing/"""
    count = len(keys)
    what = "encryption key of the environment" if count == 1 else f"{count} encryption keys"
    yield month.line("key", what, KEY_MONTH, count)


# In the order in which lines are shown.
METERS: Mapping[str, Meters] = {
    CONFIGURATION: configuration_lines,
    "AWS::SageMaker::Model": _weights,
    "AWS::Logs::LogGroup": _logs,
    "AWS::KMS::Key": _keys,
    STREAM: stream_lines,
    "AWS::Lambda::EventSourceMapping": mapping_lines,
    DELIVERY: delivery_lines,
    "AWS::KinesisAnalyticsV2::Application": application_lines,
    ALARM: alarm_lines,
    "AWS::ApplicationAutoScaling::ScalingPolicy": policy_lines,
    "AWS::CloudWatch::CompositeAlarm": composite_lines,
    "AWS::SNS::Subscription": recipient_lines,
    "AWS::CloudWatch::Dashboard": dashboard_lines,
    "AWS::Logs::SubscriptionFilter": subscription_lines,
}
# Free, or billed by what goes through it, which the resource counts that sends it there.
BILLED_ELSEWHERE = frozenset(
    {
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::CDK::Metadata",
        "AWS::Glue::Database",
        "AWS::Glue::Table",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::KMS::Alias",
        "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogStream",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "AWS::SSM::Parameter",
        "AWS::SageMaker::Endpoint",
    }
)
