"""Which IAM actions on which resources a SageMaker request needs.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker AI".
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from localaws.incoming_request import IncomingRequest

_CONTROL_PLANE_TARGET = "SageMaker."
_INVOCATION_PATH = re.compile(r"/endpoints/([^/]+)/(invocations|invocations-response-stream|async-invocations)")
_INVOCATION_ACTIONS = {
    "invocations": "InvokeEndpoint",
    "invocations-response-stream": "InvokeEndpointWithResponseStream",
    "async-invocations": "InvokeEndpointAsync",
}
# Members of a request that name the resource it is about, with the resource's kind in ARNs.
_NAMING_MEMBERS = {"EndpointName": "endpoint", "EndpointConfigName": "endpoint-config", "ModelName": "model"}


@dataclass(frozen=True)
class Permission:
    """One thing the caller must be allowed: an action on a resource, with the request's condition keys."""

    action: str
    resource_arn: str
    conditions: dict[str, Any] = field(default_factory=dict)


def is_control_plane(request: IncomingRequest) -> bool:
    """Whether the request is for the control plane; the runtime is signed for the same service name."""
    return request.target.startswith(_CONTROL_PLANE_TARGET)


def is_meant_for_sagemaker(request: IncomingRequest) -> bool:
    """Whether a request without a signature looks like SageMaker's, which then refuses it for want of one."""
    return is_control_plane(request) or _INVOCATION_PATH.fullmatch(request.path) is not None


def required_permissions(request: IncomingRequest, body: bytes, *, region: str, account: str) -> list[Permission]:
    """Every permission the request needs, in the order in which AWS would name a missing one."""
    arn_prefix = f"arn:aws:sagemaker:{region}:{account}"
    if not is_control_plane(request):
        match = _INVOCATION_PATH.fullmatch(request.path)
        if match is None:
            return [Permission("sagemaker:InvokeEndpoint", "*")]
        return [Permission(f"sagemaker:{_INVOCATION_ACTIONS[match[2]]}", f"{arn_prefix}:endpoint/{match[1]}")]
    operation = request.target.removeprefix(_CONTROL_PLANE_TARGET)
    members = _members(body)
    conditions = _tag_conditions(members)
    action = f"sagemaker:{operation}"
    permissions = [
        Permission(action, f"{arn_prefix}:{kind}/{members[member]}", conditions)
        for member, kind in _NAMING_MEMBERS.items()
        if isinstance(members.get(member), str) and not operation.startswith("List")
    ]
    if isinstance(members.get("ResourceArn"), str):
        permissions.append(Permission(action, members["ResourceArn"], conditions))
    if not permissions:
        permissions.append(Permission(action, "*", conditions))
    if isinstance(members.get("ExecutionRoleArn"), str):
        permissions.append(
            Permission("iam:PassRole", members["ExecutionRoleArn"], {"iam:passedtoservice": "sagemaker.amazonaws.com"})
        )
    return permissions


def with_resource_tags(permissions: list[Permission], tags_of: Callable[[str], dict[str, str]]) -> list[Permission]:
    """The permissions with the tags of their resources as condition keys, so that policies may go by them."""
    return [
        replace(
            one,
            conditions={
                **one.conditions,
                **{f"aws:resourcetag/{key.lower()}": value for key, value in tags_of(one.resource_arn).items()},
            },
        )
        for one in permissions
    ]


def _members(body: bytes) -> dict[str, Any]:
    """The request's members; none when the body is no JSON object, which the service then refuses itself."""
    try:
        members = json.loads(body or b"{}")
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


def _tag_conditions(members: dict[str, Any]) -> dict[str, Any]:
    tags = members.get("Tags")
    if not isinstance(tags, list):
        return {}
    pairs = [tag for tag in tags if isinstance(tag, dict) and isinstance(tag.get("Key"), str)]
    conditions: dict[str, Any] = {f"aws:requesttag/{tag['Key'].lower()}": tag.get("Value", "") for tag in pairs}
    if pairs:
        conditions["aws:tagkeys"] = [tag["Key"] for tag in pairs]
    return conditions
