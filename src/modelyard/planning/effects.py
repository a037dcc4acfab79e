"""What CloudFormation does to each resource of a stack when its template changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from modelyard.planning.resource import Resource, Resources

Effect = Literal["add", "remove", "replace", "update", "tags"]
Effects = Mapping[str, Effect]


def effects_of(before: Resources, after: Resources) -> Effects:
    """The resources that a deployment touches, by logical id; whoever needs a replaced one is replaced as well."""
    effects: dict[str, Effect] = {name: "remove" for name in before if name not in after}
    effects.update({name: "add" for name in after if name not in before})
    both = [name for name in after if name in before]
    replaced: set[str] = set()
    grown = True
    while grown:
        more = {
            name
            for name in both
            if name not in replaced and _is_replaced(before[name], after[name], replaced)
        }  # fmt: skip
        replaced |= more
        grown = bool(more)
    for name in both:
        effect = "replace" if name in replaced else _in_place(before[name], after[name], replaced)
        if effect is not None:
            effects[name] = effect
    return effects


def _is_replaced(before: Resource, after: Resource, replaced: set[str]) -> bool:
    return before.fixed != after.fixed or before.needs != after.needs or not replaced.isdisjoint(after.needs)


def _in_place(before: Resource, after: Resource, replaced: set[str]) -> Effect | None:
    if before.changeable != after.changeable or before.knows != after.knows or not replaced.isdisjoint(after.knows):
        return "update"
    return "tags" if before.tags != after.tags else None
