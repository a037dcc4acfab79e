"""From a resource's template properties to an API request: CloudFormation's value conversions, and nothing lost.

A template may give a number or a boolean as a string (every parameter arrives as one); the service behind wants the
type of its model. A property the model does not know is refused, as CloudFormation's own schema check does.
"""

from typing import Any

from localaws.sagemaker.service_model import ServiceModel


class PropertiesError(ValueError):
    """Template properties that no API request can be made of."""


def api_request(model: ServiceModel, operation: str, properties: dict[str, Any]) -> dict[str, Any]:
    """`properties` as input of `operation`, each value in the type the service model gives it."""
    shape = model.input_shape(operation)
    if shape is None:
        raise PropertiesError(f"{operation} takes no input")
    converted: dict[str, Any] = _convert(model, shape, properties, path="#")
    return converted


def _convert(model: ServiceModel, shape: dict[str, Any], value: Any, *, path: str) -> Any:
    kind = shape["type"]
    if kind == "structure":
        _require(isinstance(value, dict), "JSONObject", value, path)
        members = shape["members"]
        unknown = [name for name in value if name not in members]
        if unknown:
            raise PropertiesError(
                f"Properties validation failed with message: {path}: extraneous key [{unknown[0]}] is not permitted"
            )
        return {
            name: _convert(model, model.shapes[members[name]["shape"]], item, path=f"{path}/{name}")
            for name, item in value.items()
        }
    if kind == "list":
        _require(isinstance(value, list), "JSONArray", value, path)
        member = model.shapes[shape["member"]["shape"]]
        return [_convert(model, member, item, path=f"{path}/{number}") for number, item in enumerate(value)]
    if kind == "map":
        _require(isinstance(value, dict), "JSONObject", value, path)
        item_shape = model.shapes[shape["value"]["shape"]]
        return {str(name): _convert(model, item_shape, item, path=f"{path}/{name}") for name, item in value.items()}
    return _convert_scalar(kind, value, path)


def _convert_scalar(kind: str, value: Any, path: str) -> Any:
    if kind == "boolean":
        _require(str(value).lower() in ("true", "false"), "Boolean", value, path)
        return str(value).lower() == "true"
    if kind in ("integer", "long"):
        _require(not isinstance(value, bool), "Integer", value, path)
        return _number(int, "Integer", value, path)
    if kind in ("float", "double"):
        _require(not isinstance(value, bool), "Number", value, path)
        return _number(float, "Number", value, path)
    if kind == "string":
        _require(not isinstance(value, dict | list), "String", value, path)
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _number(convert: type[int] | type[float], wanted: str, value: Any, path: str) -> int | float:
    try:
        number = convert(value)
    except (TypeError, ValueError):
        number = None
    _require(number is not None and float(number) == float(value), wanted, value, path)
    return convert(value)


def _require(holds: bool, wanted: str, value: Any, path: str) -> None:
    if not holds:
        found = {dict: "JSONObject", list: "JSONArray", str: "String", bool: "Boolean"}.get(type(value), "Number")
        raise PropertiesError(
            f"Properties validation failed with message: {path}: expected type: {wanted}, found: {found}"
        )
