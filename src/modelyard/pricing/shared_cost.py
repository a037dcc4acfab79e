"""What an environment's endpoints share, and costs however many of them there are."""

from __future__ import annotations

from modelyard.catalog.entry import Entry
from modelyard.catalog.schema import Environment, ServerlessEndpoint
from modelyard.catalog.standing_alarms import AGGREGATION_ALARMS, SIGNALS_ALARMS
from modelyard.pricing.aggregation_cost import aggregation_lines
from modelyard.pricing.band import Band
from modelyard.pricing.demand import demand, serverless_demand
from modelyard.pricing.endpoint_cost import Cost
from modelyard.pricing.line import Line, Rates, line
from modelyard.pricing.meters import ALARM_MONTH, DASHBOARD_MONTH, KEY_MONTH
from modelyard.pricing.notice_cost import notice_lines
from modelyard.pricing.processing_cost import Asked, processing_assumption, processing_lines
from modelyard.pricing.record_cost import stream_lines
from modelyard.pricing.usage import Traffic


def requests_of(entry: Entry, traffic: Traffic | None) -> Band | None:
    """How often an endpoint is asked in a month; None where nobody stated it."""
    endpoint = entry.endpoint
    if isinstance(endpoint, ServerlessEndpoint):
        return serverless_demand(endpoint, traffic).requests
    return demand(endpoint, traffic).requests


def shared_cost(environment: Environment, rates: Rates, *, asked: Asked) -> Cost:
    """What the foundation costs: key, unless it has none, record stream, its processing, alarms, dashboard.

    `asked` are the requests of the endpoints that write records.
    """
    lines: list[Line] = []
    assumptions: tuple[str, ...] = ()
    if environment.foundation_key:
        lines.append(line("key", "encryption key of the environment", KEY_MONTH, 1, rates))
    signals = environment.signals
    if signals is not None:
        lines += [*stream_lines(signals, rates), *processing_lines(signals, asked, rates)]
        lines += aggregation_lines(signals, asked, rates)
        watched = {"signals": SIGNALS_ALARMS}
        if signals.aggregation == "flink":
            watched["the aggregation"] = AGGREGATION_ALARMS
        for what, alarms in watched.items():
            metrics = sum(alarms.values())
            lines.append(line("alarms", f"{metrics} metrics in alarms of {what}", ALARM_MONTH, metrics, rates))
        lines += notice_lines(signals.alarms, sum(len(alarms) for alarms in watched.values()), rates)
        assumptions = (processing_assumption(asked),)
    if environment.fleet_dashboard:
        lines.append(line("metrics", "dashboard of the fleet, if the account has three", DASHBOARD_MONTH, 1, rates))
    return Cost(lines=tuple(lines), assumptions=assumptions)
