"""An alarm that is made to fire and to end: its state as CloudWatch tells it, and its history."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modelyard.shell.failure import Failure

CLIENT_ERRORS = "ClientErrorsAlarm"
ANY_ALARM = "AnyAlarm"
_LOOK_SECONDS = 0.4


@dataclass(frozen=True, kw_only=True)
class StateChange:
    """A change of state: when by AWS's clock, and how many seconds of this machine after what brought it about."""

    state: str
    at: datetime
    reason: str
    after_seconds: float


class AlarmWatch:
    """One alarm and the composite alarm of its endpoint's stack."""

    def __init__(self, *, cloudwatch: Any, cloudformation: Any, sns: Any, stack: str) -> None:
        def name_of(logical_id: str) -> str:
            described = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
            return str(described["StackResourceDetail"]["PhysicalResourceId"])

        self._cloudwatch = cloudwatch
        self._sns = sns
        self.name = name_of(CLIENT_ERRORS)
        self.composite = name_of(ANY_ALARM)

    @property
    def description(self) -> str:
        """What it says to the person whom it wakes."""
        return str(self._alarm()["AlarmDescription"])

    @property
    def recipients(self) -> list[str]:
        """Who is told when it fires: `support-ml@example.com (email)`."""
        return [
            f"{subscription['Endpoint']} ({subscription['Protocol']})"
            for topic in self._alarm()["AlarmActions"]
            for subscription in self._sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        ]

    @property
    def rule(self) -> str:
        """How many periods it wants, in words."""
        alarm = self._alarm()
        periods = [query["MetricStat"]["Period"] for query in alarm["Metrics"] if "MetricStat" in query]
        return (
            f"above {alarm['Threshold']:g} in {alarm['DatapointsToAlarm']} of {alarm['EvaluationPeriods']} periods of "
            f"{max(periods) // 60} minutes of the clock"
        )

    def wait_until(
        self, state: str, *, patience_seconds: float, meanwhile: Callable[[], None] = lambda: None
    ) -> StateChange:
        """Return when the alarm and the composite one have that state; `meanwhile` is done again and again until then.

        `Failure` where they do not within the patience.
        """
        began = time.monotonic()
        while True:
            after_seconds = time.monotonic() - began
            states = {name: self._state(name) for name in (self.name, self.composite)}
            if set(states.values()) == {state}:
                return self._latest_change(state, after_seconds)
            if after_seconds > patience_seconds:
                said = ", ".join(f"{name} is {value}" for name, value in states.items())
                raise Failure(
                    f"the alarm did not become {state} within {patience_seconds:.0f} s: {said}; "
                    f"CloudWatch's reason: {self._alarm()['StateReason']}"
                )
            meanwhile()
            time.sleep(_LOOK_SECONDS)

    def changes(self) -> list[str]:
        """Every change of state so far, the earliest first: `12:31:10 INSUFFICIENT_DATA to OK`."""
        items = self._cloudwatch.describe_alarm_history(
            AlarmName=self.name, HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
        )["AlarmHistoryItems"]
        return [f"{item['Timestamp']:%H:%M:%S} {item['HistorySummary']}" for item in items]

    def _latest_change(self, state: str, after_seconds: float) -> StateChange:
        alarm = self._alarm()
        return StateChange(
            state=state,
            at=alarm["StateUpdatedTimestamp"],
            reason=str(alarm["StateReason"]),
            after_seconds=after_seconds,
        )

    def _alarm(self) -> dict[str, Any]:
        alarms: list[dict[str, Any]] = self._cloudwatch.describe_alarms(AlarmNames=[self.name])["MetricAlarms"]
        return alarms[0]

    def _state(self, name: str) -> str:
        found = self._cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return str([*found["MetricAlarms"], *found["CompositeAlarms"]][0]["StateValue"])
