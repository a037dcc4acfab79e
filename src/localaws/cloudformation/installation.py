"""Teach MiniStack's CloudFormation our types, by the tables it keeps of its own."""

from collections.abc import Callable, Iterable
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners, stacks

from localaws.cloudformation.event_times import StrictlyLater
from localaws.cloudformation.resource_type import Created, Place, Properties, ResourceType


def install(types: Iterable[ResourceType]) -> None:
    """Register every type; from then on templates may use them."""
    ours = {one.schema.type_name: one for one in types}
    for name, resource_type in ours.items():
        provisioners._RESOURCE_HANDLERS[name] = _handlers(resource_type)
        provisioners._REPLACING_PROPERTIES[name] = resource_type.schema.create_only
        if resource_type.schema.tags:
            provisioners._STACK_TAG_PROPERTY[name] = ("Tags", "list")
    stacks.now_iso = StrictlyLater()
    blocks_in_ministack: Callable[[str], bool] = stacks._runs_on_worker_thread
    blocking = {name for name, resource_type in ours.items() if resource_type.schema.blocks}
    # A type that waits for an endpoint would, on the event loop, stop every service of MiniStack.
    stacks._runs_on_worker_thread = lambda name: name in blocking or blocks_in_ministack(name)


def _handlers(resource_type: ResourceType) -> dict[str, Any]:
    """The functions MiniStack calls, in its signatures; the stack's account and region come from its context."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
        return resource_type.create(logical_id, properties, _place())

    def update(physical_id: str, old: Properties, new: Properties, stack_name: str) -> Created:
        return resource_type.update(physical_id, old, new, _place())

    def delete(physical_id: str, properties: Properties) -> None:
        resource_type.delete(physical_id, properties, _place())

    return {"create": create, "update": update, "delete": delete}


def _place() -> Place:
    return Place(account=get_account_id(), region=get_region())
