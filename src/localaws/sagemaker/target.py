"""Which variant and containers a runtime request goes to, and what SageMaker says when there is none."""

from dataclasses import dataclass

from localaws.errors import AwsError
from localaws.sagemaker.container import Container
from localaws.sagemaker.endpoint import Endpoint
from localaws.sagemaker.fleet import Fleet
from localaws.sagemaker.registry import Collection
from localaws.sagemaker.runtime_request import RuntimeRequest
from localaws.sagemaker.scope import Scope
from localaws.sagemaker.variant import Variant


@dataclass(frozen=True)
class Target:
    """The fleet, variant and containers that answer a request."""

    endpoint: Endpoint
    fleet: Fleet
    variant: Variant
    containers: list[Container]

    @property
    def container_name(self) -> str:
        """How SageMaker's errors call the container: `primary`, or `container_<n>` in a pipeline."""
        is_pipeline = self.variant.model is not None and len(self.variant.model.containers) > 1
        return f"container_{len(self.containers)}" if is_pipeline else "primary"


def find(endpoints: Collection[Endpoint], request: RuntimeRequest, scope: Scope) -> Target:
    """The target of a synchronous request; raises `AwsError` ValidationError."""
    endpoint, fleet = find_serving(endpoints, request.endpoint_name, scope)
    if fleet.config.async_config is not None:
        raise AwsError(
            "ValidationError",
            f"Endpoint {endpoint.name} of account {scope.account} is an asynchronous endpoint and does not support "
            f"{request.operation}; use InvokeEndpointAsync.",
        )
    variant = _variant(fleet, request, endpoint.name)
    if variant.model is None:
        # Both sentences about the header as SageMaker words them; clients such as BerriAI/litellm look for them.
        raise AwsError(
            "ValidationError",
            "Inference Component Name header is required for endpoints to which you plan to deploy inference "
            "components. Please include Inference Component Name header or consider using SageMaker models.",
        )
    if request.text("InferenceComponentName") is not None:
        raise AwsError(
            "ValidationError",
            "Inference Component Name header is not allowed for endpoints to which you dont plan to deploy inference "
            "components. Please remove the Inference Component Name header and try again.",
        )
    _require_target_model(request, variant, endpoint.name)
    return Target(endpoint, fleet, variant, _containers(request, variant, endpoint.name))


def find_serving(endpoints: Collection[Endpoint], name: str, scope: Scope) -> tuple[Endpoint, Fleet]:
    """An endpoint that serves; one that is being created or has failed is not found, as on AWS."""
    endpoint = endpoints.find(scope, name)
    fleet = None if endpoint is None else endpoint.serving_fleet()
    if endpoint is None or fleet is None:
        raise AwsError("ValidationError", f"Endpoint {name} of account {scope.account} not found.")
    return endpoint, fleet


def _variant(fleet: Fleet, request: RuntimeRequest, endpoint_name: str) -> Variant:
    name = request.text("TargetVariant")
    if name is None:
        return fleet.pick()
    variant = fleet.variant(name)
    if variant is None:
        raise AwsError("ValidationError", f"Variant {name} of endpoint {endpoint_name} not found.")
    return variant


def _require_target_model(request: RuntimeRequest, variant: Variant, endpoint_name: str) -> None:
    is_multi_model = variant.model is not None and variant.model.is_multi_model
    if is_multi_model and request.operation == "InvokeEndpointWithResponseStream":
        # Its input shape has no TargetModel, so no model could be meant.
        raise AwsError(
            "ValidationError", f"Endpoint {endpoint_name} is a multi-model endpoint and does not support streaming."
        )
    if is_multi_model and request.text("TargetModel") is None:
        raise AwsError(
            "ValidationError", f"Endpoint {endpoint_name} is a multi-model endpoint and requires a target model header."
        )
    if not is_multi_model and request.text("TargetModel") is not None:
        # Wording: aws/amazon-sagemaker-examples#1026.
        raise AwsError(
            "ValidationError",
            f"Endpoint {endpoint_name} is not a multi-model endpoint and does not support target model header.",
        )


def _containers(request: RuntimeRequest, variant: Variant, endpoint_name: str) -> list[Container]:
    """All containers of a serial pipeline, the one named of a Direct endpoint."""
    assert variant.model is not None
    is_direct = variant.model.request.get("InferenceExecutionConfig", {}).get("Mode") == "Direct"
    hostname = request.text("TargetContainerHostname")
    if is_direct != (hostname is not None):
        raise AwsError(
            "ValidationError",
            f"Endpoint {endpoint_name} runs its containers in Direct mode and requires a target container hostname."
            if is_direct
            else f"Endpoint {endpoint_name} does not run its containers in Direct mode and does not support a target "
            "container hostname.",
        )
    if hostname is None:
        return list(variant.containers)
    for definition, container in zip(variant.model.containers, variant.containers, strict=False):
        if definition.get("ContainerHostname") == hostname:
            return [container]
    raise AwsError("ValidationError", f"Container {hostname} of endpoint {endpoint_name} not found.")
