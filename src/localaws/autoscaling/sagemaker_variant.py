"""Whether a scalable target of SageMaker is one that AWS would register.

Sources: SageMaker developer guide, "Register a model", "Scale an endpoint to zero instances" and "Autoscale an
asynchronous endpoint": a variant scales to zero only behind an asynchronous endpoint, and burstable instances do not
scale. The wordings are ours where AWS documents the rule but not the sentence.
"""

import re
from typing import Any, Protocol

from localaws.autoscaling.records import TargetKey
from localaws.errors import AwsError

INSTANCE_COUNT = "sagemaker:variant:DesiredInstanceCount"
PROVISIONED_CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"
_VARIANT_ID = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")


class SageMaker(Protocol):
    """SageMaker's control plane, as far as scaling asks it."""

    def call(self, operation: str, request: dict[str, object], *, region: str, account: str) -> dict[str, object]:
        """Answer one API operation or raise `AwsError`."""
        ...


def variant_resource_id(endpoint: str, variant: str) -> str:
    """The resource id under which a variant is registered."""
    return f"endpoint/{endpoint}/variant/{variant}"


def require_scalable(sagemaker: SageMaker, key: TargetKey, *, min_capacity: int) -> None:
    """Raise `AwsError` unless `key` names a variant of an existing endpoint that may scale down to `min_capacity`."""
    match = _VARIANT_ID.fullmatch(key.resource_id)
    if match is None or key.dimension not in (INSTANCE_COUNT, PROVISIONED_CONCURRENCY):
        raise AwsError("ValidationException", "Unsupported service namespace, resource type or scalable dimension")
    endpoint_name, variant_name = match.groups()
    endpoint = _described(sagemaker, key, "DescribeEndpoint", "EndpointName", endpoint_name)
    config = _described(sagemaker, key, "DescribeEndpointConfig", "EndpointConfigName", endpoint["EndpointConfigName"])
    variant = next((one for one in config["ProductionVariants"] if one["VariantName"] == variant_name), None)
    if variant is None:
        raise _missing(key)
    is_serverless = "ServerlessConfig" in variant
    if is_serverless != (key.dimension == PROVISIONED_CONCURRENCY):
        wanted = PROVISIONED_CONCURRENCY if is_serverless else INSTANCE_COUNT
        raise AwsError(
            "ValidationException",
            f"The variant {variant_name} of endpoint {endpoint_name} scales by {wanted}, not by {key.dimension}",
        )
    instance_type = str(variant.get("InstanceType", ""))
    if instance_type.startswith("ml.t"):
        raise AwsError(
            "ValidationException",
            f"Automatic scaling is not supported for the burstable instance type {instance_type}",
        )
    if min_capacity == 0 and "AsyncInferenceConfig" not in config:
        raise AwsError(
            "ValidationException",
            f"MinCapacity 0 is only supported for variants of asynchronous endpoints, and {endpoint_name} is none; "
            "the minimum capacity must be at least 1",
        )


def _described(sagemaker: SageMaker, key: TargetKey, operation: str, member: str, name: Any) -> dict[str, Any]:
    try:
        return sagemaker.call(operation, {member: name}, region=key.region, account=key.account)
    except AwsError as refusal:
        raise _missing(key) from refusal


def _missing(key: TargetKey) -> AwsError:
    # The form of AWS's sentence for a missing ECS service ("ECS service doesn't exist: service/...").
    return AwsError("ValidationException", f"SageMaker endpoint variant doesn't exist: {key.resource_id}")
