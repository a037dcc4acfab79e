"""From datapoints to an alarm's state, as CloudWatch documents it.

Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data" and "Evaluating an alarm", with
its two tables of examples (3 out of 3 and 2 out of 3), which the tests repeat.
"""

import operator
from collections.abc import Callable, Sequence

# How many periods beyond the evaluation periods are looked at for datapoints that may stand in for missing ones; the
# guide's examples look at five periods for three, and say that the exact number varies.
EXTRA_PERIODS = 2

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def alarm_state(
    datapoints: Sequence[float | None],
    *,
    current_state: str,
    comparison: str,
    threshold: float,
    evaluation_periods: int,
    datapoints_to_alarm: int,
    treat_missing: str,
) -> str:
    """`ALARM`, `OK` or `INSUFFICIENT_DATA` for the evaluation range's datapoints, oldest first, None for missing."""
    real = [value for value in datapoints if value is not None][-evaluation_periods:]
    breaching = sum(COMPARISONS[comparison](value, threshold) for value in real)
    missing = evaluation_periods - len(real)
    if missing and treat_missing == "breaching":
        breaching += missing
    if breaching >= datapoints_to_alarm:
        return "ALARM"
    if not missing or treat_missing in ("breaching", "notBreaching") or breaching < len(real):
        return "OK"
    # Nothing but breaching datapoints, and too few of them to say.
    if treat_missing == "ignore":
        return current_state
    return "ALARM" if real else "INSUFFICIENT_DATA"
