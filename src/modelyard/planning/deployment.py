"""What becomes of one endpoint, and what it runs on, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modelyard.catalog.entry import Entry
from modelyard.catalog.schema import ServerlessEndpoint
from modelyard.planning.instances import first_instances

Action = Literal["added", "removed", "replaced", "updated", "unchanged"]


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What becomes of one endpoint: in one word, how, in sentences, and why AWS would refuse it, where it would."""

    action: Action
    how: str
    sentences: tuple[str, ...]
    refused: str | None = None


def runs_on(entry: Entry) -> str:
    """What an endpoint runs on, in the few characters of a table's cell."""
    endpoint = entry.endpoint
    if isinstance(endpoint, ServerlessEndpoint):
        return f"{endpoint.serving.memory_mb} MB"
    band = endpoint.scaling.instances
    count = str(band.max) if band.min == band.max else f"{band.min}..{band.max}"
    return f"{count} x {endpoint.serving.instances[0]}"


def fleet(entry: Entry, *, word: str = "") -> str:
    """What a deployment starts: `2 new ml.g6e.2xlarge`."""
    endpoint = entry.endpoint
    if isinstance(endpoint, ServerlessEndpoint):
        return f"containers with {endpoint.serving.memory_mb} MB when it is asked"
    first, *others = endpoint.serving.instances
    fallback = f" (or {', '.join(others)})" if others else ""
    return f"{first_instances(entry)} {f'{word} ' if word else ''}{first}{fallback}"
