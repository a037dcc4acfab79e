"""AWS::SageMaker::Endpoint: created, updated in place, and done only when the endpoint serves."""

import time
from typing import Any

from localaws.autoscaling.sagemaker_variant import SageMaker
from localaws.cloudformation.api_request import api_request
from localaws.cloudformation.resource_tags import update_tags, with_own_tags
from localaws.cloudformation.resource_type import (
    Created,
    Place,
    Properties,
    Schema,
    generated_name,
    handler_errors,
    is_not_found,
)
from localaws.errors import AwsError
from localaws.sagemaker.service_model import load

_SERVICE = "SageMaker"
_MOVING = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
# Properties that only steer an update; CreateEndpoint knows none of them.
_UPDATE_ONLY = ("ExcludeRetainedVariantProperties", "RetainAllVariantProperties", "RetainDeploymentConfig")
# Of real time: what is waited for is a process, which no clock makes faster.
_POLL_SECONDS = 0.1


class EndpointType:
    """The type; waits as long as SageMaker does, whose own time limits end every wait."""

    schema = Schema("AWS::SageMaker::Endpoint", create_only=("EndpointName",))

    def __init__(self, sagemaker: SageMaker) -> None:
        self._sagemaker = sagemaker

    def create(self, logical_id: str, properties: Properties, place: Place) -> Created:
        wanted = {name: value for name, value in with_own_tags(properties).items() if name not in _UPDATE_ONLY}
        request = api_request(
            load("sagemaker"), "CreateEndpoint", {"EndpointName": generated_name(logical_id), **wanted}
        )
        name = request["EndpointName"]
        with handler_errors(_SERVICE):
            arn = str(self._call("CreateEndpoint", request, place)["EndpointArn"])
        endpoint = self._settled(name, place)
        if endpoint["EndpointStatus"] != "InService":
            # A resource that failed to be created is no part of the stack yet, so the roll-back would not find it.
            self.delete(arn, properties, place)
            raise ValueError(_not_stabilised(name, "CREATE", endpoint))
        return arn, _attributes(arn)

    def update(self, physical_id: str, old: Properties, new: Properties, place: Place) -> Created:
        name = physical_id.rsplit("/", 1)[-1]
        if _without_tags(old) != _without_tags(new):
            members = {key: value for key, value in _without_tags(new).items() if key != "EndpointName"}
            request = api_request(load("sagemaker"), "UpdateEndpoint", {"EndpointName": name, **members})
            with handler_errors(_SERVICE):
                self._call("UpdateEndpoint", request, place)
            endpoint = self._settled(name, place)
            # An endpoint whose update failed has rolled itself back and is in service with what it had.
            if (
                endpoint["EndpointStatus"] != "InService"
                or endpoint["EndpointConfigName"] != request["EndpointConfigName"]
            ):
                raise ValueError(_not_stabilised(name, "UPDATE", endpoint))
        with handler_errors(_SERVICE):
            update_tags(self._sagemaker, physical_id, old=old, new=new, place=place)
        return physical_id, _attributes(physical_id)

    def delete(self, physical_id: str, properties: Properties, place: Place) -> None:
        name = physical_id.rsplit("/", 1)[-1]
        with handler_errors(_SERVICE):
            try:
                self._call("DeleteEndpoint", {"EndpointName": name}, place)
            except AwsError as refusal:
                if is_not_found(refusal):
                    return
                raise
            while not self._is_gone(name, place):
                time.sleep(_POLL_SECONDS)

    def _is_gone(self, name: str, place: Place) -> bool:
        try:
            self._call("DescribeEndpoint", {"EndpointName": name}, place)
        except AwsError as refusal:
            if is_not_found(refusal):
                return True
            raise
        return False

    def _settled(self, name: str, place: Place) -> dict[str, Any]:
        """The endpoint's description once it has stopped moving."""
        with handler_errors(_SERVICE):
            while True:
                endpoint = self._call("DescribeEndpoint", {"EndpointName": name}, place)
                if endpoint["EndpointStatus"] not in _MOVING:
                    return endpoint
                time.sleep(_POLL_SECONDS)

    def _call(self, operation: str, request: dict[str, Any], place: Place) -> dict[str, Any]:
        return self._sagemaker.call(operation, request, region=place.region, account=place.account)


def _attributes(arn: str) -> dict[str, str]:
    return {"EndpointName": arn.rsplit("/", 1)[-1], "EndpointArn": arn, "Id": arn}


def _without_tags(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if name != "Tags"}


def _not_stabilised(name: str, operation: str, endpoint: dict[str, Any]) -> str:
    reason = endpoint.get("FailureReason") or f"its status is {endpoint['EndpointStatus']}"
    return (
        f"Resource handler returned message: \"Error occurred during operation '{operation}' of endpoint {name}: "
        f'{reason}" (HandlerErrorCode: NotStabilized)'
    )
