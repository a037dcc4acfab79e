"""When an alarm changed its state: by our clock, which may run faster than MiniStack's real time.

"CloudWatch retains the history of active and deleted alarms for two weeks"
(AmazonCloudWatch/latest/cli/cli-mon-describe-alarm-history.html), MiniStack for ever.
"""

from datetime import datetime, timedelta
from typing import Any

from ministack.services import cloudwatch

from localaws.clock import Clock

_RECORD = cloudwatch._record_history
_KEPT = timedelta(days=14)


class AlarmHistory:
    """Keeps every change of state with its moment, of metric alarms and composite ones."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def take_over(self) -> None:
        """Let MiniStack's alarms be remembered here."""
        cloudwatch._record_history = self.record

    def record(
        self,
        alarm_name: str,
        old_state: str,
        new_state: str,
        reason: str,
        alarm_type: str = "MetricAlarm",
        reason_data: dict[str, Any] | None = None,
    ) -> None:
        """Note one change; that an alarm was created, which MiniStack notes as well, is none."""
        if old_state == new_state:
            return
        now = self._clock.now()
        _RECORD(alarm_name, old_state, new_state, reason, alarm_type, reason_data)
        entries = cloudwatch._history_entries()
        entries[-1]["Timestamp"] = _text(now)
        while entries[0]["Timestamp"] < _text(now - _KEPT):
            del entries[0]
        composite = cloudwatch._composite_alarms.get(alarm_name) if alarm_type == "CompositeAlarm" else None
        if composite is not None:
            moment = int(now.timestamp())
            composite.update(StateUpdatedTimestamp=moment, StateTransitionedTimestamp=moment)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
