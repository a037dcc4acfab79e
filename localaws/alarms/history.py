"""When an alarm changed its state: by our clock, which may run faster than MiniStack's real time."""

from typing import Any

from ministack.services import cloudwatch

from localaws.clock import Clock

_RECORD = cloudwatch._record_history


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
        cloudwatch._history_entries()[-1]["Timestamp"] = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"
        composite = cloudwatch._composite_alarms.get(alarm_name) if alarm_type == "CompositeAlarm" else None
        if composite is not None:
            moment = int(now.timestamp())
            composite.update(StateUpdatedTimestamp=moment, StateTransitionedTimestamp=moment)
