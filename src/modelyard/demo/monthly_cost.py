"""What an endpoint costs a month on AWS while it only waits, in the few characters of a table's cell."""

from __future__ import annotations

from modelyard.catalog.entry import Entry
from modelyard.catalog.schema import ServerlessEndpoint
from modelyard.pricing.meters import instance_hour
from modelyard.pricing.prices import HOURS_PER_MONTH, NOT_PRICED, Price, price
from modelyard.pricing.terms import Terms

PER_USE = "per use"


def waiting_price(entry: Entry, region: str, terms: Terms) -> Price | None:
    """What an hour of the preferred instance costs; None where nobody knows, or where nothing waits."""
    endpoint = entry.endpoint
    if isinstance(endpoint, ServerlessEndpoint):
        return None
    return price(instance_hour(endpoint.serving.instances[0], endpoint.kind), region, terms=terms)


def monthly_cost(entry: Entry, region: str, terms: Terms) -> str:
    """Hosting price x 730 h x fewest instances; a serverless endpoint has no price while it waits."""
    endpoint = entry.endpoint
    if isinstance(endpoint, ServerlessEndpoint):
        return PER_USE
    hour = waiting_price(entry, region, terms)
    if hour is None:
        return NOT_PRICED
    cost = hour.usd * HOURS_PER_MONTH * endpoint.scaling.instances.min
    # Nothing is derived from nothing.
    return f"{hour.mark if cost else ''}{cost:,.2f}"


def instance_label(entry: Entry) -> str:
    """What it runs on: the preferred type and how many to fall back on; or a serverless endpoint's memory."""
    endpoint = entry.endpoint
    if isinstance(endpoint, ServerlessEndpoint):
        return f"{endpoint.serving.memory_mb} MB"
    first, *others = endpoint.serving.instances
    return f"{first} +{len(others)}" if others else first
