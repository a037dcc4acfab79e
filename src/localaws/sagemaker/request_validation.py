"""Hold a request against the vendored service model, with the words AWS uses for each violation.

botocore's own validator checks types, required members and lower bounds only; AWS checks enums, patterns and upper
bounds too, so all of them are checked here. The wordings are those of AWS's JSON services ("1 validation error
detected: Value 'x' at 'y' failed to satisfy constraint: Member must ...").
"""

from datetime import datetime
from typing import Any

from localaws.errors import AwsError
from localaws.sagemaker.service_model import ServiceModel, compile_pattern

# What AWS's JSON reader calls the token it met, by Python type.
_TOKEN_NAMES = ((bool, "{}_VALUE"), (int, "NUMBER_VALUE"), (float, "NUMBER_VALUE"), (str, "STRING_VALUE"))
_TARGET_NAMES = {
    "string": "String",
    "integer": "Integer",
    "long": "Long",
    "float": "Float",
    "boolean": "Boolean",
    "timestamp": "milliseconds since epoch",
}


def require_valid(model: ServiceModel, operation: str, request: dict[str, Any]) -> None:
    """Raise `AwsError` unless `request` is one AWS would accept as input of `operation`.

    A value of the wrong type is a SerializationException; everything else is one ValidationException that lists every
    violation, as AWS does. AWS itself ignores members it does not know; here they are refused, because a member that
    silently does nothing is a wrong deployment that nobody notices.
    """
    shape = model.input_shape(operation)
    if shape is None:
        return
    violations: list[str] = []
    _check(model, shape, request, path="", violations=violations)
    if violations:
        plural = "error" if len(violations) == 1 else "errors"
        raise AwsError(
            "ValidationException", f"{len(violations)} validation {plural} detected: {'; '.join(violations)}"
        )


def _check(model: ServiceModel, shape: dict[str, Any], value: Any, *, path: str, violations: list[str]) -> None:
    kind = shape["type"]
    _require_type(kind, value)
    if kind == "structure":
        _check_structure(model, shape, value, path=path, violations=violations)
    elif kind == "list":
        _check_bounds(shape, len(value), value, path=path, violations=violations, what="length")
        member = model.shapes[shape["member"]["shape"]]
        if member["type"] in ("structure", "list", "map"):
            for position, item in enumerate(value, start=1):
                _check(model, member, item, path=f"{path}.{position}.member", violations=violations)
        else:
            _check_elements(model, member, value, value, path=path, violations=violations, what="Member")
    elif kind == "map":
        _check_bounds(shape, len(value), value, path=path, violations=violations, what="length")
        keys, values = model.shapes[shape["key"]["shape"]], model.shapes[shape["value"]["shape"]]
        _check_elements(model, keys, list(value), value, path=path, violations=violations, what="Map keys")
        _check_elements(model, values, list(value.values()), value, path=path, violations=violations, what="Map value")
    else:
        for constraint in _broken_constraints(shape, value):
            violations.append(_violation(value, path, f"Member must {constraint}"))


def _check_structure(
    model: ServiceModel, shape: dict[str, Any], value: dict[str, Any], *, path: str, violations: list[str]
) -> None:
    members: dict[str, Any] = shape["members"]
    for name in shape.get("required", ()):
        if value.get(name) is None:
            violations.append(
                f"Value null at '{_member_path(path, name)}' failed to satisfy constraint: Member must not be null"
            )
    for name, item in value.items():
        if name not in members:
            violations.append(
                f"Value {_shown(item)} at '{_member_path(path, name)}' failed to satisfy constraint: "
                f"Member must be one that the service model of botocore {model.source['version']} knows: "
                f"[{', '.join(sorted(members))}]"
            )
        elif item is not None:
            _check(
                model,
                model.shapes[members[name]["shape"]],
                item,
                path=_member_path(path, name),
                violations=violations,
            )


def _check_elements(
    model: ServiceModel,
    shape: dict[str, Any],
    elements: list[Any],
    whole: Any,
    *,
    path: str,
    violations: list[str],
    what: str,
) -> None:
    """AWS reports a bad element of a list of scalars, or of a map, once, against the whole collection."""
    broken: list[str] = []
    for element in elements:
        _require_type(shape["type"], element)
        broken.extend(_broken_constraints(shape, element))
    if broken:
        constraints = ", ".join(f"Member must {constraint}" for constraint in dict.fromkeys(broken))
        violations.append(_violation(whole, path, f"{what} must satisfy constraint: [{constraints}]"))


def _broken_constraints(shape: dict[str, Any], value: Any) -> list[str]:
    """The constraints of a scalar that `value` breaks, as the second half of AWS's "Member must ..."."""
    broken = []
    if shape["type"] in ("string", "blob"):
        broken.extend(_broken_bounds(shape, len(value), "length"))
        if "enum" in shape and value not in shape["enum"]:
            broken.append(f"satisfy enum value set: [{', '.join(shape['enum'])}]")
        if "pattern" in shape and not compile_pattern(shape["pattern"]).fullmatch(value):
            broken.append(f"satisfy regular expression pattern: {shape['pattern']}")
    elif shape["type"] in ("integer", "long", "float", "double"):
        broken.extend(_broken_bounds(shape, value, "value"))
    return broken


def _broken_bounds(shape: dict[str, Any], measured: float, what: str) -> list[str]:
    broken = []
    if "min" in shape and measured < shape["min"]:
        broken.append(f"have {what} greater than or equal to {shape['min']}")
    if "max" in shape and measured > shape["max"]:
        broken.append(f"have {what} less than or equal to {shape['max']}")
    return broken


def _check_bounds(
    shape: dict[str, Any], measured: int, value: Any, *, path: str, violations: list[str], what: str
) -> None:
    for constraint in _broken_bounds(shape, measured, what):
        violations.append(_violation(value, path, f"Member must {constraint}"))


def _require_type(kind: str, value: Any) -> None:
    """Raise the SerializationException with which AWS's JSON reader stops at a value of the wrong type."""
    if kind in ("structure", "map"):
        right = isinstance(value, dict)
    elif kind == "list":
        right = isinstance(value, (list, tuple))
    elif kind == "string":
        right = isinstance(value, str)
    elif kind == "blob":
        right = isinstance(value, (bytes, bytearray))
    elif kind == "boolean":
        right = isinstance(value, bool)
    elif kind in ("integer", "long"):
        right = isinstance(value, int) and not isinstance(value, bool)
    elif kind == "timestamp":
        right = isinstance(value, (int, float, datetime)) and not isinstance(value, bool)
    else:
        right = isinstance(value, (int, float)) and not isinstance(value, bool)
    if right:
        return
    if isinstance(value, dict):
        message = "Start of structure or map found where not expected."
    elif isinstance(value, (list, tuple)):
        message = "Start of list found where not expected"
    elif kind in ("structure", "map", "list"):
        message = f"Unexpected token {_token_name(value)} where a {kind} is expected"
    else:
        message = f"{_token_name(value)} cannot be converted to {_TARGET_NAMES.get(kind, kind)}"
    raise AwsError("SerializationException", message)


def _token_name(value: Any) -> str:
    for python_type, name in _TOKEN_NAMES:
        if isinstance(value, python_type):
            return name.format(str(value).upper())
    return "NULL_VALUE"


def _member_path(path: str, name: str) -> str:
    """AWS names members by its internal path: each first letter lower-case, list members `x.1.member`."""
    lowered = name[0].lower() + name[1:]
    return f"{path}.{lowered}" if path else lowered


def _violation(value: Any, path: str, constraint: str) -> str:
    return f"Value {_shown(value)} at '{path}' failed to satisfy constraint: {constraint}"


def _shown(value: Any) -> str:
    return f"'{_as_java_prints(value)}'"


def _as_java_prints(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_as_java_prints(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_as_java_prints(item) for item in value) + "]"
    if isinstance(value, (bytes, bytearray)):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    return str(value)
