"""A template that calls a function or names a resource that does not exist is refused before anything is made.

MiniStack leaves an unknown function or reference in place as if it were data. The wordings are CloudFormation's own.
"""

import re
from collections.abc import Iterator
from typing import Any

from ministack.services.cloudformation import engine

_FUNCTIONS = (
    "Fn::Base64", "Fn::Cidr", "Fn::FindInMap", "Fn::GetAtt", "Fn::GetAZs", "Fn::If", "Fn::ImportValue", "Fn::Join",
    "Fn::Length", "Fn::Select", "Fn::Split", "Fn::Sub", "Fn::ToJsonString", "Fn::Transform",
    "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or",
)  # fmt: skip
# `${Name}` and `${Name.Attribute}`; `${!Literal}` is text.
_SUB_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def refuse_unknown_references() -> None:
    """Let every create, update and change set check the functions and references of its template first."""
    check_statics = engine._validate_template_statics

    def check_all(template: dict[str, Any]) -> None:
        check_statics(template)
        check_references(template)

    engine._validate_template_statics = check_all


def check_references(template: dict[str, Any]) -> None:
    """Raise `ValueError` for an unknown function, or a reference to nothing, in Resources or Outputs."""
    resources = template.get("Resources") or {}
    known = {*resources, *(template.get("Parameters") or {})}
    for section in ("Resources", "Outputs"):
        missing = []
        for definition in (template.get(section) or {}).values():
            part = definition.get("Properties") if section == "Resources" else definition.get("Value")
            for name, argument in _calls(part):
                if name == "Fn::GetAtt":
                    _require_resource(argument, resources)
                missing += [one for one in _referenced(name, argument) if not _is_known(one, known)]
        if missing:
            raise ValueError(
                f"Template format error: Unresolved resource dependencies [{', '.join(sorted(set(missing)))}] in the "
                f"{section} block of the template"
            )


def _calls(value: Any) -> Iterator[tuple[str, Any]]:
    """Every intrinsic function below `value` with its argument; `ValueError` for one that does not exist."""
    if isinstance(value, list):
        for item in value:
            yield from _calls(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name.startswith("Fn::") and not name.startswith("Fn::ForEach") and name not in _FUNCTIONS:
                raise ValueError(
                    f"Template error: Encountered unsupported function: {name} Supported functions are: "
                    f"[{', '.join(_FUNCTIONS)}]"
                )
            if len(value) == 1 and (name == "Ref" or name in _FUNCTIONS):
                yield name, item
            yield from _calls(item)


def _require_resource(argument: Any, resources: dict[str, Any]) -> None:
    logical_id = argument.split(".")[0] if isinstance(argument, str) else argument[0]
    if isinstance(logical_id, str) and logical_id not in resources:
        raise ValueError(f"Template error: instance of Fn::GetAtt references undefined resource {logical_id}")


def _referenced(name: str, argument: Any) -> list[str]:
    """The names that a Ref or a Fn::Sub reads."""
    if name == "Ref":
        return [argument] if isinstance(argument, str) else []
    if name != "Fn::Sub":
        return []
    text, own = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
    variables = [variable.split(".")[0] for variable in _SUB_VARIABLE.findall(text)]
    return [variable for variable in variables if variable not in own]


def _is_known(name: str, known: set[str]) -> bool:
    return name.startswith("AWS::") or name in known
