"""AWS::SageMaker::Model and AWS::SageMaker::EndpointConfig: immutable, named, every change but tags replaces."""

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


class ImmutableResource:
    """A SageMaker resource that its API can only create and delete.

    `kind` is the resource's word in API operations and property names: `Model` or `EndpointConfig`.
    """

    def __init__(self, sagemaker: SageMaker, *, kind: str, create_only: tuple[str, ...]) -> None:
        self.schema = Schema(f"AWS::SageMaker::{kind}", create_only)
        self._sagemaker = sagemaker
        self._kind = kind

    def create(self, logical_id: str, properties: Properties, place: Place) -> Created:
        named = {f"{self._kind}Name": generated_name(logical_id), **with_own_tags(properties)}
        operation = f"Create{self._kind}"
        request = api_request(load("sagemaker"), operation, named)
        with handler_errors(_SERVICE):
            answer = self._sagemaker.call(operation, request, region=place.region, account=place.account)
        arn = str(answer[f"{self._kind}Arn"])
        return arn, self._attributes(arn)

    def update(self, physical_id: str, old: Properties, new: Properties, place: Place) -> Created:
        with handler_errors(_SERVICE):
            update_tags(self._sagemaker, physical_id, old=old, new=new, place=place)
        return physical_id, self._attributes(physical_id)

    def delete(self, physical_id: str, properties: Properties, place: Place) -> None:
        name = physical_id.rsplit("/", 1)[-1]
        with handler_errors(_SERVICE):
            try:
                self._sagemaker.call(
                    f"Delete{self._kind}",
                    {f"{self._kind}Name": name},
                    region=place.region,
                    account=place.account,
                )
            except AwsError as refusal:
                if not is_not_found(refusal):
                    raise

    def _attributes(self, arn: str) -> dict[str, str]:
        return {f"{self._kind}Name": arn.rsplit("/", 1)[-1], f"{self._kind}Arn": arn, "Id": arn}
