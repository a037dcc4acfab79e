"""All stacks of one environment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modelyard.blueprint.resource import Resource
from modelyard.blueprint.stack import StackBlueprint


@dataclass(frozen=True)
class Blueprint:
    """The stacks of an environment, those that others need first."""

    environment_name: str
    stacks: Sequence[StackBlueprint]

    def __getitem__(self, stack_id: str) -> StackBlueprint:
        for stack in self.stacks:
            if stack.stack_id == stack_id:
                return stack
        raise KeyError(stack_id)

    def resources(self) -> Iterator[Resource]:
        """Every resource of every stack."""
        for stack in self.stacks:
            yield from stack.resources()
