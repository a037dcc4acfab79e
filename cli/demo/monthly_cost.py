"""What an endpoint costs a month on AWS while it only waits, in the few characters of a table's cell."""

from __future__ import annotations

from catalog.entry import Entry
from catalog.schema import ServerlessEndpoint
from pricing.prices import NOT_PRICED, usd_per_month

PER_USE = "per use"


def monthly_cost(entry: Entry, region: str) -> str:
    """Hosting price x 730 h x fewest instances; a serverless endpoint has no price while it waits."""
    endpoint = entry.endpoint
    if isinstance(endpoint, ServerlessEndpoint):
        return PER_USE
    cost = usd_per_month(endpoint.serving.instances[0], region, count=endpoint.scaling.instances.min)
    return NOT_PRICED if cost is None else f"{cost:,.2f}"


def instance_label(entry: Entry) -> str:
    """What it runs on: the preferred type and how many to fall back on; or a serverless endpoint's memory."""
    endpoint = entry.endpoint
    if isinstance(endpoint, ServerlessEndpoint):
        return f"{endpoint.serving.memory_mb} MB"
    first, *others = endpoint.serving.instances
    return f"{first} +{len(others)}" if others else first
