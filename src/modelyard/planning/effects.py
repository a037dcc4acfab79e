"""What CloudFormation does to each resource of a stack when its template changes, by the registry's schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Literal

Effect = Literal["add", "remove", "replace", "update", "tags"]
Effects = Mapping[str, Effect]
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
_SUBSTITUTED = re.compile(r"\$\{([^!}]+)\}")
# A stack's resources by logical id, as a template has them.
Resources = Mapping[str, Mapping[str, Any]]


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
        if _at(old, path) != value or (replaced and _referred(value) & replaced):
            return True
    return False


def _at(properties: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        properties = properties.get(key) if isinstance(properties, Mapping) else None
    return properties


def _in_place(was: Mapping[str, Any], becomes: Mapping[str, Any], replaced: set[str]) -> Effect | None:
    old, new = was.get("Properties", {}), becomes.get("Properties", {})
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    if changed - {"Tags"} or (replaced and _referred(new) & replaced):
        return "update"
    # What it depends on and whether it is kept change nothing of the resource itself.
    return "tags" if changed else None


def only_created(type_name: str) -> Sequence[tuple[str, ...]]:
    """The paths of a type's properties that only a creation can set.

    Raises:
        UnknownType: for a type that no stack of ours has.
    """
    try:
        return _table()[type_name]
    except KeyError:
        raise UnknownType(type_name) from None


class UnknownType(Exception):
    """Nobody has looked what replaces a resource of this type; scripts/create_only.py does."""


@cache
def _table() -> Mapping[str, Sequence[tuple[str, ...]]]:
    """By type. The file has its source and day, and a test compares it with the schemas that cfn-lint carries."""
    text = resources.files("modelyard.planning").joinpath("data", "create_only.json").read_text("utf-8")
    return {name: [tuple(path.split("/")) for path in paths] for name, paths in json.loads(text)["types"].items()}


def _referred(value: Any) -> set[str]:
    """The logical ids that a value refers to."""
    if isinstance(value, Mapping):
        own = {str(value["Ref"])} if "Ref" in value else set()
        own |= {str(value["Fn::GetAtt"][0])} if "Fn::GetAtt" in value else set()
        if "Fn::Sub" in value:
            text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
            own |= {name.partition(".")[0] for name in _SUBSTITUTED.findall(text)}
        return own.union(*(_referred(below) for below in value.values()))
    return set().union(*(_referred(below) for below in value)) if isinstance(value, list) else set()
