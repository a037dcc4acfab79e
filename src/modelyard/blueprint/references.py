"""Which resources the values of a template refer to, in CloudFormation's words: Ref, Fn::GetAtt and Fn::Sub."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

# What Fn::Sub fills in, up to an attribute; `${!X}` is how it spells `${X}`.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
SUBSTITUTED = re.compile(r"\$\{([^!}.][^}.]*)")
_PSEUDO_PARAMETERS = "AWS::"


def referred(value: Any) -> str | None:
    """The logical id that a `Ref` or an `Fn::GetAtt` names; None for anything else."""
    if not isinstance(value, Mapping):
        return None
    if "Ref" in value:
        return str(value["Ref"])
    named = value.get("Fn::GetAtt")
    if isinstance(named, str):
        # One text, as YAML has it: `Topic.TopicName`.
        return named.partition(".")[0]
    return str(named[0]) if named else None


def all_referred(value: Any) -> Iterator[str]:
    """The logical ids of everything that a value refers to, wherever in it; pseudo parameters are none of them."""
    if isinstance(value, list):
        for below in value:
            yield from all_referred(below)
    if not isinstance(value, Mapping):
        return
    named = referred(value) if len(value) == 1 else None
    if named is not None:
        yield from () if named.startswith(_PSEUDO_PARAMETERS) else (named,)
    elif len(value) == 1 and "Fn::Sub" in value:
        form, *own = [value["Fn::Sub"]] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"]
        names = set(SUBSTITUTED.findall(form)) - set(own[0] if own else ())
        yield from (name for name in names if not name.startswith(_PSEUDO_PARAMETERS))
        yield from all_referred(own)
    else:
        for below in value.values():
            yield from all_referred(below)
