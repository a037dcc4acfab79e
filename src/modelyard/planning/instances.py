"""How many instances an entry has, and who moves their number."""

from __future__ import annotations

from modelyard.catalog.entry import Entry
from modelyard.catalog.schema import Rollout


def first_instances(entry: Entry) -> int:
    """How many instances a deployment starts: the fewest of the band, but one at least; none without instances."""
    return 0 if entry.endpoint.kind == "serverless" else max(entry.endpoint.scaling.instances.min, 1)


def is_scaled(entry: Entry) -> bool:
    """Whether Application Auto Scaling holds the endpoint's variant."""
    if entry.endpoint.kind == "serverless":
        return False
    band = entry.endpoint.scaling.instances
    return band.min < band.max


def rollout_of(entry: Entry) -> Rollout | None:
    """How a new version takes over; None leaves it to AWS, all at once."""
    return None if entry.endpoint.kind == "serverless" else entry.endpoint.rollout
