"""One CloudFormation stack: where it is deployed, and what it consists of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelyard.blueprint.construct import Construct, resources_below
from modelyard.blueprint.resource import Resource


class StackBlueprint:
    """A stack of one account and region. `stack_id` is what people name on a command line, `name` CloudFormation's.

    `needs` are the ids of stacks that are deployed before it.
    """

    def __init__(
        self,
        stack_id: str,
        *,
        name: str,
        account: str,
        region: str,
        description: str,
        tags: Mapping[str, str],
        termination_protection: bool = False,
        needs: tuple[str, ...] = (),
    ) -> None:
        self.stack_id = stack_id
        self.name = name
        self.account = account
        self.region = region
        self.description = description
        self.tags = dict(tags)
        self.termination_protection = termination_protection
        self.needs = needs
        self.children: list[Construct | Resource] = []
        self.outputs: dict[str, Any] = {}
        self._by_logical_id: dict[str, Resource] = {}

    @property
    def stack(self) -> StackBlueprint:
        """The stack itself: resources lie in it directly too."""
        return self

    def register(self, resource: Resource) -> None:
        """Take a resource's logical id, which nothing else of the stack may have."""
        self._require_free(resource.logical_id)
        self._by_logical_id[resource.logical_id] = resource

    def output(self, logical_id: str, value: Any) -> None:
        """Show a value to whoever deploys the stack."""
        self._require_free(logical_id)
        self.outputs[logical_id] = value

    def _require_free(self, logical_id: str) -> None:
        if logical_id in self._by_logical_id or logical_id in self.outputs:
            raise ValueError(f"stack {self.stack_id} has two parts of the logical id {logical_id}")

    def resource(self, logical_id: str) -> Resource:
        """The resource of a logical id.

        Raises:
            KeyError: where there is none.
        """
        return self._by_logical_id[logical_id]

    def resources(self) -> Iterator[Resource]:
        """All resources, in the order of the template."""
        return resources_below(self.children)

    def __repr__(self) -> str:
        return f"StackBlueprint({self.name})"
