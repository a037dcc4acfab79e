"""AWS::ApplicationAutoScaling::ScalingPolicy."""

from typing import Any

from localaws.autoscaling.service import SERVICE, ApplicationAutoScaling
from localaws.botocore_model import botocore_model
from localaws.cloudformation.api_request import api_request
from localaws.cloudformation.resource_type import (
    Created,
    Place,
    Properties,
    Schema,
    handler_errors,
    is_not_found,
)
from localaws.cloudformation.scalable_target import target_key
from localaws.errors import AwsError

_SERVICE = "ApplicationAutoScaling"


class ScalingPolicyType:
    """The type; it names its target by ScalingTargetId or by the three-part key."""

    schema = Schema(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        create_only=("PolicyName", "ServiceNamespace", "ResourceId", "ScalableDimension", "ScalingTargetId"),
        tags=False,
    )

    def __init__(self, autoscaling: ApplicationAutoScaling) -> None:
        self._autoscaling = autoscaling

    def create(self, logical_id: str, properties: Properties, place: Place) -> Created:
        with handler_errors(_SERVICE):
            arn = str(self._call("PutScalingPolicy", _members(properties), place)["PolicyARN"])
        return arn, {"Arn": arn}

    def update(self, physical_id: str, old: Properties, new: Properties, place: Place) -> Created:
        return self.create("", new, place)

    def delete(self, physical_id: str, properties: Properties, place: Place) -> None:
        members = _members(properties)
        key = {name: members[name] for name in ("PolicyName", "ServiceNamespace", "ResourceId", "ScalableDimension")}
        with handler_errors(_SERVICE):
            try:
                self._call("DeleteScalingPolicy", key, place)
            except AwsError as refusal:
                if not is_not_found(refusal):
                    raise

    def _call(self, operation: str, members: Properties, place: Place) -> dict[str, Any]:
        request = api_request(botocore_model(SERVICE), operation, members)
        return self._autoscaling.call(operation, request, region=place.region, account=place.account)


def _members(properties: Properties) -> Properties:
    """The properties as PutScalingPolicy's members: a ScalingTargetId becomes the three-part key."""
    target_id = properties.get("ScalingTargetId")
    members = {name: value for name, value in properties.items() if name != "ScalingTargetId"}
    if target_id is None:
        return members
    if "ResourceId" in members:
        raise ValueError("a scaling policy takes either ScalingTargetId or ResourceId, not both")
    return {**members, **target_key(str(target_id))}
