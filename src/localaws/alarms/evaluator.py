"""Evaluate metric alarms as CloudWatch does, in place of MiniStack's own evaluation.

MiniStack looks at every datapoint of a metric's name, whatever its dimensions, and only when one is published: an alarm
on one endpoint would follow another one's errors, and never return to OK or to missing data.
"""

import asyncio
import logging
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from localaws.alarms.metric_math import Expression, ExpressionError, Series
from localaws.alarms.metric_reader import read_series
from localaws.alarms.verdict import COMPARISONS, EXTRA_PERIODS, alarm_state
from localaws.clock import Clock

_logger = logging.getLogger("localaws.alarms")

# Of the clock's time. AWS evaluates every minute, high-resolution alarms every ten seconds.
_EVERY_SECONDS = 10.0
# Of real time, so that a fast clock does not keep the event loop busy.
_AT_MOST_EVERY_SECONDS = 0.2


class AlarmEvaluator:
    """Brings the states of all metric alarms up to date."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def take_over(self) -> None:
        """Switch MiniStack's own evaluation off."""
        cloudwatch._evaluate_alarm = lambda alarm: None

    async def run(self, *, clock_factor: float) -> None:
        """Evaluate for ever, on MiniStack's event loop, where its alarms and topics are used."""
        pause = max(_EVERY_SECONDS / clock_factor, _AT_MOST_EVERY_SECONDS)
        while True:
            await asyncio.sleep(pause)
            self.evaluate_all()

    def evaluate_all(self) -> None:
        """Evaluate every alarm of every account and region once."""
        now = self._clock.now().timestamp()
        for account, region, name in list(cloudwatch._alarms._data):
            with request_scope(account, region):
                alarm = cloudwatch._alarms.get(name)
                if alarm is None:
                    continue
                try:
                    self._evaluate(alarm, now)
                except ExpressionError as problem:
                    _logger.warning("alarm %s cannot be evaluated: %s", name, problem)
                except Exception:
                    # One alarm that cannot be read must not keep all others from being evaluated.
                    _logger.exception("alarm %s cannot be evaluated", name)

    def _evaluate(self, alarm: dict[str, Any], now: float) -> None:
        if alarm["ComparisonOperator"] not in COMPARISONS:
            return
        evaluation_periods = int(alarm["EvaluationPeriods"])
        period = _period(alarm)
        # Only periods that are over: the running one would look like one with little traffic.
        last = int(now // period) * period - period
        periods = [last - period * back for back in reversed(range(evaluation_periods + EXTRA_PERIODS))]
        series = _watched(alarm, periods=periods, period=period)
        state = alarm_state(
            [series.get(start) for start in periods],
            current_state=alarm["StateValue"],
            comparison=alarm["ComparisonOperator"],
            threshold=float(alarm["Threshold"]),
            evaluation_periods=evaluation_periods,
            datapoints_to_alarm=int(alarm.get("DatapointsToAlarm") or evaluation_periods),
            treat_missing=alarm.get("TreatMissingData") or "missing",
        )
        if state != alarm["StateValue"]:
            _change_state(alarm, state, _reason(alarm, state, series, periods), now=int(now))


def _period(alarm: dict[str, Any]) -> int:
    """The alarm's period in seconds: of metric math the longest among its metrics."""
    periods = [int(query["MetricStat"]["Period"]) for query in alarm.get("Metrics") or () if "MetricStat" in query]
    return max(periods) if periods else int(alarm.get("Period") or 60)


def _watched(alarm: dict[str, Any], *, periods: list[int], period: int) -> Series:
    """The one series that the alarm compares with its threshold."""
    queries = alarm.get("Metrics")
    if not queries:
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        return read_series(alarm, period=period, statistic=statistic, first=periods[0], last=periods[-1])
    values: dict[str, Series] = {}
    metric_ids = [query["Id"] for query in queries if "MetricStat" in query]
    for query in queries:
        if "MetricStat" in query:
            stat = query["MetricStat"]
            values[query["Id"]] = read_series(
                stat["Metric"], period=period, statistic=stat["Stat"], first=periods[0], last=periods[-1]
            )
    expressions = {query["Id"]: Expression.parse(query["Expression"]) for query in queries if "Expression" in query}
    # An expression may read another one: evaluate those whose inputs are there until none is left.
    while expressions:
        ready = [name for name, expression in expressions.items() if expression.ids <= values.keys()]
        if not ready:
            raise ExpressionError(f"the expressions {', '.join(sorted(expressions))} wait for each other")
        for name in ready:
            values[name] = expressions.pop(name).evaluate(values, metric_ids=metric_ids, periods=periods)
    returned = next(query["Id"] for query in queries if query.get("ReturnData", True))
    return values[returned]


def _reason(alarm: dict[str, Any], state: str, series: Series, periods: list[int]) -> str:
    """The state's reason in CloudWatch's form: the datapoints that agree with it, or what stood in for them."""
    count = int(alarm["EvaluationPeriods"])
    values = [series[start] for start in periods if start in series][-count:]
    missing = count - len(values)
    unknown = f"{missing} datapoint{'s were' if missing > 1 else ' was'} unknown"
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {unknown}."
    threshold = float(alarm["Threshold"])
    breaches = COMPARISONS[alarm["ComparisonOperator"]]
    agreeing = [value for value in values if breaches(value, threshold) == (state == "ALARM")]
    if not agreeing:
        return f"Threshold Crossed: {unknown} and treated as [{alarm['TreatMissingData']}]."
    words = {
        "GreaterThanOrEqualToThreshold": "greater than or equal to",
        "GreaterThanThreshold": "greater than",
        "LessThanThreshold": "less than",
        "LessThanOrEqualToThreshold": "less than or equal to",
    }[alarm["ComparisonOperator"]]
    plural = len(agreeing) > 1
    which = f"{len(agreeing)} datapoint{'s' if plural else ''}"
    if len(agreeing) < len(values):
        which = f"{len(agreeing)} out of the last {len(values)} datapoints"
    negation = "" if state == "ALARM" else "not "
    return (
        f"Threshold Crossed: {which} [{', '.join(map(str, agreeing))}] "
        f"{'were' if plural else 'was'} {negation}{words} the threshold ({threshold})."
    )


def _change_state(alarm: dict[str, Any], state: str, reason: str, *, now: int) -> None:
    """Record the change, notify its topics and let the composite alarms above it follow."""
    before = alarm["StateValue"]
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=now)
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)
