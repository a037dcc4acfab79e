"""Whether everything that a template refers to is in it: an extension may take a resource away or rename it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from modelyard.shell.extension import Extension, ExtensionFailed

_FILLED_IN = re.compile(r"\$\{([^!}.][^}.]*)")


def require_references(stack_id: str, template: Mapping[str, Any], extension: Extension) -> None:
    """Refuse a template in which something refers to nothing: CloudFormation would, after all else was deployed."""
    resources = template.get("Resources", {})
    known = {*resources, *template.get("Parameters", {})}
    for logical_id, resource in resources.items():
        depends_on = resource.get("DependsOn", [])
        needed = {depends_on} if isinstance(depends_on, str) else set(depends_on)
        for missing in sorted({*needed, *_referred(resource)} - known):
            raise ExtensionFailed(
                f"{extension.path}: after the extension, {logical_id} of stack {stack_id} refers to {missing}, which "
                "the stack does not have: leave resources that others need where they are, under their logical ids"
            )


def _referred(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for below in value:
            yield from _referred(below)
    if not isinstance(value, Mapping):
        return
    for key, below in value.items():
        if len(value) == 1 and key == "Ref":
            yield from () if str(below).startswith("AWS::") else (str(below),)
        elif len(value) == 1 and key == "Fn::GetAtt":
            yield below.split(".")[0] if isinstance(below, str) else str(below[0])
        elif len(value) == 1 and key == "Fn::Sub":
            form, *own = [below] if isinstance(below, str) else below
            names = set(_FILLED_IN.findall(form)) - set(own[0] if own else ())
            yield from (name for name in names if not name.startswith("AWS::"))
            yield from _referred(own)
        else:
            yield from _referred(below)
