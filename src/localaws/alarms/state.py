"""The state an alarm is in now."""

from ministack.core.responses import request_scope
from ministack.services import cloudwatch


def is_alarming(name: str, *, account: str, region: str) -> bool:
    """Whether the metric or composite alarm of that name is in ALARM; False when there is none."""
    with request_scope(account, region):
        alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
        return alarm is not None and alarm["StateValue"] == "ALARM"
