"""Whether everything that a template refers to is in it: an extension may take a resource away or rename it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelyard.blueprint.references import all_referred
from modelyard.shell.extension import Extension, ExtensionFailed


def require_references(stack_id: str, template: Mapping[str, Any], extension: Extension) -> None:
    """Refuse a template in which something refers to nothing: CloudFormation would, after all else was deployed."""
    resources = template.get("Resources", {})
    known = {*resources, *template.get("Parameters", {})}
    for logical_id, resource in resources.items():
        depends_on = resource.get("DependsOn", [])
        needed = {depends_on} if isinstance(depends_on, str) else set(depends_on)
        for missing in sorted({*needed, *all_referred(resource)} - known):
            raise ExtensionFailed(
                f"{extension.path}: after the extension, {logical_id} of stack {stack_id} refers to {missing}, which "
                "the stack does not have: leave resources that others need where they are, under their logical ids"
            )
