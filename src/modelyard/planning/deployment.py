"""What becomes of one endpoint, and what it runs on, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modelyard.pricing.hosting import Hosting, ServerlessHosting

Action = Literal["added", "removed", "replaced", "updated", "unchanged"]


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What becomes of one endpoint: in one word, how, in sentences, and why AWS would refuse it, where it would."""

    action: Action
    how: str
    sentences: tuple[str, ...]
    refused: str | None = None


def runs_on(hosting: Hosting | None) -> str:
    """What an endpoint runs on, in the few characters of a table's cell; an entry without an image on nothing."""
    if hosting is None:
        return "nothing"
    if isinstance(hosting, ServerlessHosting):
        return f"{hosting.memory_mb} MB"
    count = str(hosting.most) if hosting.fewest == hosting.most else f"{hosting.fewest}..{hosting.most}"
    return f"{count} x {hosting.instances[0]}"


def fleet(hosting: Hosting | None, *, word: str = "") -> str:
    """What a deployment starts: `2 new ml.g6e.2xlarge`."""
    if hosting is None:
        return "nothing"
    if isinstance(hosting, ServerlessHosting):
        return f"containers with {hosting.memory_mb} MB when it is asked"
    first, *others = hosting.instances
    fallback = f" (or {', '.join(others)})" if others else ""
    return f"{hosting.first} {f'{word} ' if word else ''}{first}{fallback}"
