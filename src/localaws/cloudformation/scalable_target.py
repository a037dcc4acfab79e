"""AWS::ApplicationAutoScaling::ScalableTarget."""

from typing import Any

from localaws.autoscaling.service import SERVICE, ApplicationAutoScaling
from localaws.botocore_model import botocore_model
from localaws.cloudformation.api_request import api_request
from localaws.cloudformation.resource_tags import tag_pairs
from localaws.cloudformation.resource_type import (
    Created,
    Place,
    Properties,
    Schema,
    handler_errors,
    is_not_found,
)
from localaws.errors import AwsError

_SERVICE = "ApplicationAutoScaling"
_KEY = ("ServiceNamespace", "ResourceId", "ScalableDimension")


def target_key(physical_id: str) -> dict[str, Any]:
    """The API's three-part key of a target from what Ref answers: `<resource>|<dimension>|<namespace>`."""
    resource_id, dimension, namespace = physical_id.split("|")
    return {"ServiceNamespace": namespace, "ResourceId": resource_id, "ScalableDimension": dimension}


class ScalableTargetType:
    """The type; its ScheduledActions are API objects of their own that live with the target."""

    schema = Schema("AWS::ApplicationAutoScaling::ScalableTarget", create_only=_KEY)

    def __init__(self, autoscaling: ApplicationAutoScaling) -> None:
        self._autoscaling = autoscaling

    def create(self, logical_id: str, properties: Properties, place: Place) -> Created:
        self._put(properties, [], place)
        physical_id = "|".join(
            str(properties[name]) for name in ("ResourceId", "ScalableDimension", "ServiceNamespace")
        )
        return physical_id, {"Id": physical_id}

    def update(self, physical_id: str, old: Properties, new: Properties, place: Place) -> Created:
        self._put(new, old.get("ScheduledActions") or [], place)
        self._update_tags(physical_id, old=tag_pairs(old), new=tag_pairs(new), place=place)
        return physical_id, {"Id": physical_id}

    def delete(self, physical_id: str, properties: Properties, place: Place) -> None:
        with handler_errors(_SERVICE):
            try:
                self._call("DeregisterScalableTarget", target_key(physical_id), place)
            except AwsError as refusal:
                if not is_not_found(refusal):
                    raise

    def _put(self, properties: Properties, old_actions: list[dict[str, Any]], place: Place) -> None:
        missing = [name for name in (*_KEY, "MinCapacity", "MaxCapacity") if name not in properties]
        if missing:
            raise ValueError(f"Properties validation failed with message: #: required key [{missing[0]}] not found")
        registered = {name: value for name, value in properties.items() if name not in ("ScheduledActions", "Tags")}
        tags = tag_pairs(properties)
        if tags:
            registered["Tags"] = tags
        key = {name: properties[name] for name in _KEY}
        actions = properties.get("ScheduledActions") or []
        kept = {action["ScheduledActionName"] for action in actions}
        with handler_errors(_SERVICE):
            self._call("RegisterScalableTarget", registered, place)
            for action in actions:
                self._call("PutScheduledAction", {**key, **action}, place)
            for action in old_actions:
                if action["ScheduledActionName"] not in kept:
                    named = {**key, "ScheduledActionName": action["ScheduledActionName"]}
                    self._call("DeleteScheduledAction", named, place)

    def _update_tags(self, physical_id: str, *, old: dict[str, str], new: dict[str, str], place: Place) -> None:
        key = target_key(physical_id)
        wanted = {
            "ServiceNamespace": key["ServiceNamespace"],
            "ResourceIds": [key["ResourceId"]],
            "ScalableDimension": key["ScalableDimension"],
        }
        with handler_errors(_SERVICE):
            arn = self._call("DescribeScalableTargets", wanted, place)["ScalableTargets"][0]["ScalableTargetARN"]
            removed = sorted(old.keys() - new.keys())
            if removed:
                self._call("UntagResource", {"ResourceARN": arn, "TagKeys": removed}, place)
            if new:
                self._call("TagResource", {"ResourceARN": arn, "Tags": new}, place)

    def _call(self, operation: str, properties: Properties, place: Place) -> dict[str, Any]:
        request = api_request(botocore_model(SERVICE), operation, properties)
        return self._autoscaling.call(operation, request, region=place.region, account=place.account)
