"""What an environment's endpoints share, and costs however many of them there are."""

from __future__ import annotations

from modelyard.pricing.endpoint_cost import Cost
from modelyard.pricing.line import Rates
from modelyard.pricing.month import Asked, Month
from modelyard.pricing.processing_meters import processing_assumption
from modelyard.pricing.record_meters import STREAM
from modelyard.pricing.resource_meters import resource_lines
from modelyard.pricing.resources import Resources, of_type


def shared_cost(foundation: Resources, rates: Rates, *, asked: Asked) -> Cost:
    """What the foundation costs: its keys, streams, processing, alarms, dashboard, as many as it has.

    `asked` are the requests of the endpoints that write records.
    """
    month = Month(stack=foundation, foundation=foundation, rates=rates, asked=asked)
    processes = bool(of_type(foundation, STREAM))
    return Cost(lines=tuple(resource_lines(month)), assumptions=(processing_assumption(asked),) if processes else ())
