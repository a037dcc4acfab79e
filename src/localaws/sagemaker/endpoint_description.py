"""What DescribeEndpoint answers."""

from typing import Any

from localaws.sagemaker.endpoint import Endpoint
from localaws.sagemaker.fleet import Fleet
from localaws.sagemaker.records import instance_type
from localaws.sagemaker.variant import Variant


def describe(endpoint: Endpoint) -> dict[str, Any]:
    """The endpoint's description, as the service model's DescribeEndpointOutput has it."""
    with endpoint.lock:
        shown = endpoint.fleet or endpoint.pending_fleet
        request = endpoint.config.request
        answer: dict[str, Any] = {
            "EndpointName": endpoint.name,
            "EndpointArn": endpoint.arn,
            "EndpointConfigName": endpoint.config.name,
            "EndpointStatus": endpoint.status,
            "CreationTime": endpoint.created_at,
            "LastModifiedTime": endpoint.modified_at,
        }
        if endpoint.failure_reason is not None:
            answer["FailureReason"] = endpoint.failure_reason[:1024]
        if shown is not None:
            answer["ProductionVariants"] = [_variant(variant) for variant in shown.variants]
            if shown.shadows:
                answer["ShadowProductionVariants"] = [_variant(variant) for variant in shown.shadows]
            if shown.data_capture is not None:
                answer["DataCaptureConfig"] = _data_capture(shown.data_capture)
        if endpoint.fleet is not None and endpoint.pending_fleet is not None:
            answer["PendingDeploymentSummary"] = _pending(endpoint, endpoint.pending_fleet)
        for member in ("AsyncInferenceConfig", "MetricsConfig"):
            if member in request:
                answer[member] = request[member]
        if endpoint.deployment_config is not None:
            answer["LastDeploymentConfig"] = endpoint.deployment_config
        return answer


def _variant(variant: Variant) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "VariantName": variant.name,
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
    }
    if variant.model is not None:
        summary["DeployedImages"] = [
            _deployed_image(container["Image"], variant) for container in variant.model.containers
        ]
    if variant.serverless is not None:
        summary["CurrentServerlessConfig"] = summary["DesiredServerlessConfig"] = variant.serverless
    else:
        summary["CurrentInstanceCount"] = variant.current_count
        summary["DesiredInstanceCount"] = variant.desired_count
    if "InstancePools" in variant.config:
        booked = instance_type(variant.config)
        summary["InstancePools"] = [
            {
                "InstanceType": pool["InstanceType"],
                "CurrentInstanceCount": variant.current_count if pool["InstanceType"] == booked else 0,
            }
            for pool in variant.config["InstancePools"]
        ]
    for member in ("ManagedInstanceScaling", "RoutingConfig"):
        if member in variant.config:
            summary[member] = variant.config[member]
    return summary


def _deployed_image(image: str, variant: Variant) -> dict[str, Any]:
    """An image is never pulled here, so a tag resolves to no digest; only an image given by digest has one."""
    deployed: dict[str, Any] = {"SpecifiedImage": image}
    if "@" in image:
        deployed |= {"ResolvedImage": image, "ResolutionTime": variant.resolved_at}
    return deployed


def _data_capture(config: dict[str, Any]) -> dict[str, Any]:
    enabled = bool(config.get("EnableCapture", False))
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


def _pending(endpoint: Endpoint, fleet: Fleet) -> dict[str, Any]:
    status = [{"Status": endpoint.pending_stage, "StartTime": endpoint.pending_since}]
    summary: dict[str, Any] = {
        "EndpointConfigName": fleet.config.name,
        "StartTime": endpoint.modified_at,
        "ProductionVariants": [{**_variant(variant), "VariantStatus": status} for variant in fleet.variants],
    }
    if fleet.shadows:
        summary["ShadowProductionVariants"] = [_variant(variant) for variant in fleet.shadows]
    return summary
