"""A part of a stack: what belongs together lies below one construct, as in a CDK app."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.blueprint.resource import Resource
    from modelyard.blueprint.stack import StackBlueprint


class Scope(Protocol):
    """Whatever constructs and resources can lie in: a stack, or a construct of it."""

    children: list[Construct | Resource]

    @property
    def stack(self) -> StackBlueprint:
        """The stack around it."""


class Construct:
    """Groups what it describes below its id. Its resources keep the logical ids that they name."""

    def __init__(self, scope: Scope, construct_id: str) -> None:
        self.construct_id = construct_id
        self.children: list[Construct | Resource] = []
        self.stack = scope.stack
        scope.children.append(self)

    def resources(self) -> Iterator[Resource]:
        """All resources below it, in the order in which they were described."""
        return resources_below(self.children)


def resources_below(children: list[Construct | Resource]) -> Iterator[Resource]:
    """The resources among these and below them, depth first."""
    for child in children:
        if isinstance(child, Construct):
            yield from child.resources()
        else:
            yield child
