"""All stacks of one environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelyard.blueprint.stack import StackBlueprint


@dataclass(frozen=True)
class Blueprint:
    """The stacks of an environment, those that others need first."""

    environment_name: str
    stacks: Sequence[StackBlueprint]
