"""A stack as CloudFormation's JSON, byte for byte what the CDK writes of it, without Node."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from modelyard.blueprint.asset import AssetText
from modelyard.blueprint.resource import Resource, dependencies_of
from modelyard.blueprint.stack import StackBlueprint

# Of the CDK's default bootstrap: the qualifier in the names of what it made, and the version that assets need
# (https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html).
QUALIFIER = "hnb659fds"
_LEAST_VERSION = 6


def template_text(stack: StackBlueprint) -> str:
    """The template's text."""
    return json.dumps(template(stack), indent=1, ensure_ascii=False)


def template(stack: StackBlueprint) -> dict[str, Any]:
    """The template as JSON values, in the order in which the CDK writes them."""
    written: dict[str, Any] = {"Description": stack.description}
    written["Resources"] = {one.logical_id: _resource(one) for one in stack.resources()}
    if stack.outputs:
        written["Outputs"] = {key: {"Value": _value(value, stack)} for key, value in stack.outputs.items()}
    return {**written, **_bootstrap_check()}


def asset_bucket(stack: StackBlueprint) -> str:
    """The bucket that the CDK's default bootstrap made for assets."""
    return f"cdk-{QUALIFIER}-assets-{stack.account}-{stack.region}"


def _resource(resource: Resource) -> dict[str, Any]:
    written: dict[str, Any] = {"Type": resource.type, "Properties": _value(resource.properties, resource.stack)}
    if needed := dependencies_of(resource):
        written["DependsOn"] = list(needed)
    if resource.update_replace_policy is not None:
        written["UpdateReplacePolicy"] = resource.update_replace_policy
    if resource.deletion_policy is not None:
        written["DeletionPolicy"] = resource.deletion_policy
    return written


def _value(value: Any, stack: StackBlueprint) -> Any:
    """A value as JSON has it; what is None is left out, as the CDK leaves it out."""
    if isinstance(value, Mapping):
        return {key: _value(inner, stack) for key, inner in value.items() if inner is not None}
    if isinstance(value, AssetText):
        return value.filled(asset_bucket(stack), value.asset.object_key)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_value(inner, stack) for inner in value if inner is not None]
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        # JavaScript knows one kind of number.
        return int(value)
    return value


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
