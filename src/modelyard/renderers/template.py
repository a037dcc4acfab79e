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
    return _text(_written(stack), "\n", _place_in_bucket(stack))


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


def _text(value: Any, newline: str, place: PlaceOfAsset) -> str:
    """What `json.dumps(json_value(value, place), indent=1, ensure_ascii=False)` writes, whose indenting is slow."""
    kind = type(value)
    inner = newline + " "
    if kind is dict:
        # Most values are texts: a call for each would take half of the time.
        pairs = [
            f"{_quoted(key)}: {_quoted(one) if type(one) is str else _text(one, inner, place)}"
            for key, one in value.items()
            if one is not None
        ]
        return "{" + inner + ("," + inner).join(pairs) + newline + "}" if pairs else "{}"
    if kind is list:
        elements = [_text(one, inner, place) for one in value if one is not None]
        return "[" + inner + ("," + inner).join(elements) + newline + "]" if elements else "[]"
    if kind is str:
        return _quoted(value)
    if kind is int:
        return str(value)
    plain = json_value(value, place)
    return json.dumps(plain, ensure_ascii=False) if type(plain) is kind else _text(plain, newline, place)


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
