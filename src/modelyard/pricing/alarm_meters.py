"""What watching costs by standing there: alarms, who hears them, and dashboards.

https://aws.amazon.com/cloudwatch/pricing/ and https://aws.amazon.com/sns/pricing/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from modelyard.blueprint.references import referred
from modelyard.pricing.band import Band
from modelyard.pricing.line import Line
from modelyard.pricing.meters import (
    ALARM_MONTH,
    COMPOSITE_ALARM_MONTH,
    DASHBOARD_MONTH,
    HIGH_RESOLUTION_ALARM_MONTH,
    NOTICES_BY_HTTPS,
    NOTICES_BY_MAIL,
    Meter,
)
from modelyard.pricing.month import Month
from modelyard.pricing.resources import Properties, of_type

ALARM = "AWS::CloudWatch::Alarm"
# Target tracking makes two alarms for each of its policies, one that scales out and one that scales in
# (https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html).
_ALARMS_OF_A_POLICY = 2
_SECONDS_OF_STANDARD_RESOLUTION = 60
# An alarm that goes on goes off again. Nobody knows how often: expected is once a month, at the most once a day.
_NOTICES_OF_AN_ALARM = Band(low=Decimal(0), expected=Decimal(2), high=Decimal(60))
_ONCE = "if each alarm goes on once a month"


def alarm_lines(alarms: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::CloudWatch::Alarm`: billed for every metric that it reads, dearer at a period of less than a minute."""
    standard = high = 0
    for properties in alarms.values():
        stats = [one["MetricStat"] for one in properties.get("Metrics", ()) if "MetricStat" in one]
        periods = [one["Period"] for one in stats or [properties]]
        if min(periods) < _SECONDS_OF_STANDARD_RESOLUTION:
            high += len(periods)
        else:
            standard += len(periods)
    if standard:
        yield month.line("alarms", f"{standard} metrics in alarms", ALARM_MONTH, standard)
    if high:
        yield month.line("alarms", f"{high} metrics in high-resolution alarms", HIGH_RESOLUTION_ALARM_MONTH, high)


def policy_lines(policies: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::ApplicationAutoScaling::ScalingPolicy`: the alarms that target tracking makes for itself.

    Those on the 10-second concurrency metric are of high resolution.
    """
    tracked = [one.get("TargetTrackingScalingPolicyConfiguration") for one in policies.values()]
    metrics = [one.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType", "") for one in tracked if one]
    high = _ALARMS_OF_A_POLICY * sum(metric.endswith("HighResolution") for metric in metrics)
    standard = _ALARMS_OF_A_POLICY * len(metrics) - high
    if standard:
        yield month.line("alarms", f"{standard} alarms of the scaling policy", ALARM_MONTH, standard)
    if high:
        what = f"{high} high-resolution alarms of the scaling policy"
        yield month.line("alarms", what, HIGH_RESOLUTION_ALARM_MONTH, high)


def composite_lines(composites: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::CloudWatch::CompositeAlarm`."""
    count = len(composites)
    what = "one composite alarm" if count == 1 else f"{count} composite alarms"
    yield month.line("alarms", what, COMPOSITE_ALARM_MONTH, count)


def dashboard_lines(dashboards: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::CloudWatch::Dashboard`; an account's first three are free, and somebody else's may be those."""
    count = len(dashboards)
    what = "one dashboard" if count == 1 else f"{count} dashboards"
    yield month.line("metrics", f"{what}, if the account has three", DASHBOARD_MONTH, count)


def recipient_lines(subscriptions: Mapping[str, Properties], month: Month) -> Iterator[Line]:
    """`AWS::SNS::Subscription`: a mail or a call for each time that an alarm of its topic goes on or off."""
    yield from _notices(subscriptions, ("email", "email-json"), "mails to", NOTICES_BY_MAIL, month)
    yield from _notices(subscriptions, ("https", "http"), "calls of", NOTICES_BY_HTTPS, month)


def _notices(
    subscriptions: Mapping[str, Properties], protocols: tuple[str, ...], word: str, meter: Meter, month: Month
) -> Iterator[Line]:
    topics = [referred(one["TopicArn"]) for one in subscriptions.values() if one["Protocol"] in protocols]
    heard = sum(_alarms_of(topic, month) for topic in topics)
    if heard:
        addresses = f"{len(topics)} address{'' if len(topics) == 1 else 'es'}"
        yield month.line("alarms", f"{word} {addresses}, {_ONCE}", meter, _NOTICES_OF_AN_ALARM.times(heard))


def _alarms_of(topic: str | None, month: Month) -> int:
    """How many alarms of the stack tell a topic."""
    alarms = of_type(month.stack, ALARM).values()
    return sum(topic in map(referred, one.get("AlarmActions", ())) for one in alarms)
