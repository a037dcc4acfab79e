"""What an endpoint costs a month on AWS while it only waits, in the few characters of a table's cell."""

from __future__ import annotations

from catalog.entry import Entry
from catalog.schema import ServerlessEndpoint
from pricing.prices import NOT_PRICED, serverless_usd_per_second, usd_per_month


def monthly_cost(entry: Entry, region: str) -> str:
    """Hosting price x 730 h x fewest instances; serverless endpoints are billed per second of use."""
    endpoint = entry.endpoint
    if isinstance(endpoint, ServerlessEndpoint):
        per_second = serverless_usd_per_second(endpoint.serving.memory_mb, region)
        return NOT_PRICED if per_second is None else f"per use: {per_second * 3600:.2f}/h busy"
    fewest = endpoint.scaling.instances.min
    if fewest == 0:
        running = usd_per_month(endpoint.serving.instances[0], region)
        return "0 idle, " + (NOT_PRICED if running is None else f"{running:,.0f} busy")
    cost = usd_per_month(endpoint.serving.instances[0], region, count=fewest)
    return NOT_PRICED if cost is None else f"{cost:,.2f}"


def instance_label(entry: Entry) -> str:
    """What it runs on: the preferred type and how few, or a serverless endpoint's memory."""
    endpoint = entry.endpoint
    if isinstance(endpoint, ServerlessEndpoint):
        return f"{endpoint.serving.memory_mb} MB"
    others = len(endpoint.serving.instances) - 1
    return f"{endpoint.serving.instances[0]}" + (f" (or {others} other)" if others else "")
