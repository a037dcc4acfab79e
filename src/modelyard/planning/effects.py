"""What CloudFormation does to each resource of a stack when its template changes, by the registry's schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Literal

from modelyard.blueprint.references import all_referred
from modelyard.planning.git import NOT_PLANNED
from modelyard.pricing.resources import Resources
from modelyard.shell.failure import Failure

Effect = Literal["add", "remove", "replace", "update", "tags"]
Effects = Mapping[str, Effect]


def effects_of(before: Resources, after: Resources) -> Effects:
    """The resources that a deployment touches, by logical id.

    A resource is replaced where a property differs that only a creation can set, and where such a property refers to
    one that is replaced. It is updated where anything else differs, or refers to one that is replaced.
    """
    if before is after:
        return {}
    effects: dict[str, Effect] = {name: "remove" for name in before if name not in after}
    effects.update({name: "add" for name in after if name not in before})
    both = [name for name in after if name in before]
    changed = [name for name in both if before[name] != after[name]]
    replaced: set[str] = set()
    # Only what differs can begin a replacement; what refers to it follows.
    more = {name for name in changed if _is_replaced(before[name], after[name], replaced)}
    while more:
        replaced |= more
        more = {name for name in both if name not in replaced and _is_replaced(before[name], after[name], replaced)}
    for name in both if replaced else changed:
        effect = "replace" if name in replaced else _in_place(before[name], after[name], replaced)
        if effect is not None:
            effects[name] = effect
    return effects


def _is_replaced(was: Mapping[str, Any], becomes: Mapping[str, Any], replaced: set[str]) -> bool:
    if was["Type"] != becomes["Type"]:
        return True
    old, new = was.get("Properties", {}), becomes.get("Properties", {})
    fixed = only_created(becomes["Type"])
    for path in fixed:
        value = _at(new, path)
        if _at(old, path) != value or (replaced and replaced.intersection(all_referred(value))):
            return True
    return False


def _at(properties: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        properties = properties.get(key) if isinstance(properties, Mapping) else None
    return properties


def _in_place(was: Mapping[str, Any], becomes: Mapping[str, Any], replaced: set[str]) -> Effect | None:
    old, new = was.get("Properties", {}), becomes.get("Properties", {})
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    if changed - {"Tags"} or (replaced and replaced.intersection(all_referred(new))):
        return "update"
    # What it depends on and whether it is kept change nothing of the resource itself.
    return "tags" if changed else None


def only_created(type_name: str) -> Sequence[tuple[str, ...]]:
    """The paths of a type's properties that only a creation can set.

    A custom resource decides itself whether an update replaces it, when it is updated.

    Raises:
        UnknownType: for a type of AWS that is in neither table.
    """
    if not type_name.startswith("AWS::"):
        return ()
    found = _table().get(type_name)
    if found is None:
        # Only an extension has others: the table is large, and read where it is asked.
        found = _table_of_others().get(type_name)
    if found is None:
        raise UnknownType(
            f"no table says which properties of {type_name} only a creation can set, so nothing can be planned: "
            "install a newer modelyard, or run scripts/create_only.py with a newer cfn-lint",
            exit_code=NOT_PLANNED,
        )
    return found


class UnknownType(Failure):
    """Nobody has looked what replaces a resource of this type; scripts/create_only.py does."""


@cache
def _table() -> Mapping[str, Sequence[tuple[str, ...]]]:
    """By type. The file has its source and day, and a test compares it with the schemas that cfn-lint carries."""
    return _paths_by_type(_data("create_only.json")["types"])


@cache
def _table_of_others() -> Mapping[str, Sequence[tuple[str, ...]]]:
    """The same of every type that no stack of ours has."""
    return _paths_by_type(_data("create_only_of_others.json"))


def _data(file: str) -> Any:
    return json.loads(resources.files("modelyard.planning").joinpath("data", file).read_text("utf-8"))


def _paths_by_type(types: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[tuple[str, ...]]]:
    return {name: [tuple(path.split("/")) for path in paths] for name, paths in types.items()}
