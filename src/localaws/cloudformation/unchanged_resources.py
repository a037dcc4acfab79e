"""An update's events tell of the resources that it changed, as on AWS; MiniStack tells of every one."""

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

# Account, region, stack and logical id.
_Resource = tuple[str, str, str, str]


def leave_unchanged_resources_out() -> None:
    """Take the start of an update back, and leave its end out, where nothing of the resource changed."""
    update_resource, add_event = stacks._update_resource, stacks._add_event
    unchanged: set[_Resource] = set()

    def update(
        kind: str,
        physical_id: str,
        old: dict[str, Any],
        new: dict[str, Any],
        stack: str,
        logical_id: str = "",
        attributes: dict[str, Any] | None = None,
    ) -> Any:
        updated = update_resource(kind, physical_id, old, new, stack, logical_id or None, attributes)
        if old == new:
            unchanged.add((get_account_id(), get_region(), stack, logical_id))
        return updated

    def add(stack_id: str, stack: str, logical_id: str, kind: str, status: str, *more: Any, **others: Any) -> None:
        resource = (get_account_id(), get_region(), stack, logical_id)
        if resource in unchanged:
            unchanged.discard(resource)
            if status == "UPDATE_COMPLETE":
                _take_back_start(stack_id, logical_id)
                return
        add_event(stack_id, stack, logical_id, kind, status, *more, **others)

    stacks._update_resource, stacks._add_event = update, add


def _take_back_start(stack_id: str, logical_id: str) -> None:
    events: list[dict[str, Any]] = cloudformation._stack_events.get(stack_id) or []
    for event in reversed(events):
        if event["LogicalResourceId"] == logical_id and event["ResourceStatus"] == "UPDATE_IN_PROGRESS":
            events.remove(event)
            return
