"""Where an entry is deployed to."""

from __future__ import annotations

from dataclasses import dataclass

from modelyard.catalog.schema import Environment


@dataclass(frozen=True, kw_only=True)
class Place:
    """The environment that an entry is deployed to, with its name."""

    name: str
    environment: Environment
