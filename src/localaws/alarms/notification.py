"""What an alarm tells its topics when its state changes, in the form that CloudWatch's messages have.

Source: CloudWatch user guide, "Notify users of alarm changes", and the sample message of SNS's guide. MiniStack's own
message lacks what a metric-math or a composite alarm watches, and stamps real time while our clock may run faster.
"""

import json
import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import cloudwatch, sns

from localaws.clock import Clock

_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
# A subject has at most 100 characters (SNS API reference, Publish).
_SUBJECT = 100
_logger = logging.getLogger("localaws.alarms")
Alarm = dict[str, Any]


class Notifications:
    """Publishes state changes to the topics that an alarm names for its new state."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def take_over(self) -> None:
        """Let MiniStack's alarms, composite ones with them, tell what AWS's tell."""
        cloudwatch._dispatch_alarm_actions = self.publish

    def publish(self, alarm: Alarm, before: str, state: str, reason: str) -> None:
        """Publish one change; a topic that cannot be reached does not keep the others from hearing it."""
        topics = [action for action in alarm.get(_ACTIONS[state]) or () if ":sns:" in action]
        if not alarm.get("ActionsEnabled", True) or not topics:
            return
        said = json.dumps(message(alarm, before=before, state=state, reason=reason, at=self._clock.now()))
        subject = f'{state}: "{alarm["AlarmName"]}" in {get_region()}'[:_SUBJECT]
        for topic in topics:
            try:
                sns._fanout(topic, new_uuid(), said, subject)
            except Exception:
                _logger.exception("alarm %s cannot tell %s", alarm["AlarmName"], topic)


def message(alarm: Alarm, *, before: str, state: str, reason: str, at: datetime) -> dict[str, Any]:
    """The message as subscribers get it."""
    said = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": get_account_id(),
        "NewStateValue": state,
        "NewStateReason": reason,
        "StateChangeTime": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000",
        "Region": get_region(),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": before,
        **{actions: alarm.get(actions) or [] for actions in ("OKActions", "AlarmActions", "InsufficientDataActions")},
    }
    if "AlarmRule" in alarm:
        children = json.loads(alarm.get("StateReasonData") or "{}").get("triggeringAlarms", [])
        triggering = [{"Arn": child["arn"], "State": {"Value": child["state"]["value"]}} for child in children]
        return {**said, "AlarmRule": alarm["AlarmRule"], "TriggeringChildren": triggering}
    return {**said, "Trigger": _trigger(alarm)}


def _trigger(alarm: Alarm) -> dict[str, Any]:
    rule = {
        "Period": alarm.get("Period"),
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
    }
    if alarm.get("Metrics"):
        return {"Metrics": alarm["Metrics"], **rule}
    statistic = {"StatisticType": "Statistic", "Statistic": str(alarm.get("Statistic") or "Average").upper()}
    if alarm.get("ExtendedStatistic"):
        statistic = {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": alarm["ExtendedStatistic"]}
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        **statistic,
        "Unit": alarm.get("Unit"),
        "Dimensions": list(_dimensions(alarm.get("Dimensions") or ())),
        **rule,
    }


def _dimensions(dimensions: Iterable[dict[str, str]]) -> Iterable[dict[str, str]]:
    # In messages the names of these two are in lower case.
    return ({"value": one["Value"], "name": one["Name"]} for one in dimensions)
