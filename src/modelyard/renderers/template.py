"""A stack as CloudFormation's JSON, byte for byte what the CDK writes of it, without Node."""

from __future__ import annotations

import json
from typing import Any

from modelyard.blueprint.resource import Resource, dependencies_of
from modelyard.blueprint.stack import StackBlueprint
from modelyard.renderers.json_value import PlaceOfAsset, json_value

# Of the CDK's default bootstrap: the qualifier in the names of what it made, and the version that assets need
# (https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html).
QUALIFIER = "hnb659fds"
_LEAST_VERSION = 6
_quoted = json.encoder.encode_basestring


def template_text(stack: StackBlueprint) -> str:
    """The template's text."""
    parts: list[str] = []
    _write(_written(stack), "\n", _place_in_bucket(stack), parts)
    return "".join(parts)


def template(stack: StackBlueprint) -> dict[str, Any]:
    """The template as JSON values, in the order in which the CDK writes them."""
    values: dict[str, Any] = json_value(_written(stack), _place_in_bucket(stack))
    return values


def _place_in_bucket(stack: StackBlueprint) -> PlaceOfAsset:
    """Where assets lie: in the bucket that the CDK's default bootstrap made."""
    bucket = f"cdk-{QUALIFIER}-assets-{stack.account}-{stack.region}"
    return lambda asset: (bucket, asset.object_key)


def _written(stack: StackBlueprint) -> dict[str, Any]:
    """The template with the values as they were described."""
    written: dict[str, Any] = {"Description": stack.description}
    written["Resources"] = {one.logical_id: _resource(one) for one in stack.resources()}
    if stack.outputs:
        written["Outputs"] = {key: {"Value": one} for key, one in stack.outputs.items()}
    return {**written, **_bootstrap_check()}


def _resource(resource: Resource) -> dict[str, Any]:
    written: dict[str, Any] = {"Type": resource.type, "Properties": resource.properties}
    if needed := dependencies_of(resource):
        written["DependsOn"] = list(needed)
    if resource.update_replace_policy is not None:
        written["UpdateReplacePolicy"] = resource.update_replace_policy
    if resource.deletion_policy is not None:
        written["DeletionPolicy"] = resource.deletion_policy
    return written


def _write(value: Any, newline: str, place: PlaceOfAsset, parts: list[str]) -> None:
    """Add what `json.dumps(json_value(value, place), indent=1, ensure_ascii=False)` writes, whose indenting is slow."""
    kind, inner = type(value), newline + " "
    if kind is str:
        parts.append(_quoted(value))
    elif kind is dict:
        start, more = "{" + inner, "," + inner
        for key, one in value.items():
            if one is None:
                continue
            if type(one) is str:
                # Most values are texts: a call for each would take half of the time.
                parts.append(f"{start}{_quoted(key)}: {_quoted(one)}")
            else:
                parts.append(f"{start}{_quoted(key)}: ")
                _write(one, inner, place, parts)
            start = more
        parts.append(newline + "}" if start is more else "{}")
    elif kind is list:
        start, more = "[" + inner, "," + inner
        for one in value:
            if one is not None:
                parts.append(start)
                _write(one, inner, place, parts)
                start = more
        parts.append(newline + "]" if start is more else "[]")
    elif kind is int:
        parts.append(str(value))
    elif type(plain := json_value(value, place)) is not kind:
        _write(plain, newline, place, parts)
    else:
        parts.append(json.dumps(plain, ensure_ascii=False))


def _bootstrap_check() -> dict[str, Any]:
    """What the CDK adds to each stack: a deployment ends early where the account was bootstrapped by a CDK too old."""
    older = [str(version) for version in range(1, _LEAST_VERSION)]
    return {
        "Parameters": {
            "BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": f"/cdk-bootstrap/{QUALIFIER}/version",
                "Description": "Version of the CDK Bootstrap resources in this environment, automatically retrieved "
                "from SSM Parameter Store. [cdk:skip]",
            }
        },
        "Rules": {
            "CheckBootstrapVersion": {
                "Assertions": [
                    {
                        "Assert": {"Fn::Not": [{"Fn::Contains": [older, {"Ref": "BootstrapVersion"}]}]},
                        "AssertDescription": f"CDK bootstrap stack version {_LEAST_VERSION} required. Please run 'cdk "
                        "bootstrap' with a recent version of the CDK CLI.",
                    }
                ]
            }
        },
    }
