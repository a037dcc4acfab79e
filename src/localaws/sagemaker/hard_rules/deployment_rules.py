"""What CreateEndpoint and UpdateEndpoint refuse about a DeploymentConfig.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html and API_BlueGreenUpdatePolicy,
API_RollingUpdatePolicy, API_TrafficRoutingConfig.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localaws.sagemaker import refusals
from localaws.sagemaker.records import EndpointConfigRecord


@dataclass(frozen=True)
class DeploymentRequest:
    """The DeploymentConfig of a request and the configuration that it rolls out."""

    deployment_config: dict[str, Any]
    endpoint_config: EndpointConfigRecord


DeploymentRule = Callable[[DeploymentRequest], str | None]


def require_all(deployment_config: dict[str, Any], endpoint_config: EndpointConfigRecord) -> None:
    """Raise `AwsError` with the first rule that the DeploymentConfig breaks."""
    request = DeploymentRequest(deployment_config, endpoint_config)
    for rule in RULES:
        refusal = rule(request)
        if refusal is not None:
            raise refusals.invalid(refusal)


def one_policy(request: DeploymentRequest) -> str | None:
    """API_DeploymentConfig: a blue/green policy or a rolling one."""
    if "BlueGreenUpdatePolicy" in request.deployment_config and "RollingUpdatePolicy" in request.deployment_config:
        return "BlueGreenUpdatePolicy and RollingUpdatePolicy cannot both be specified."
    return None


def step_sizes_fit_the_traffic_type(request: DeploymentRequest) -> str | None:
    """API_TrafficRoutingConfig: CanarySize belongs to CANARY, LinearStepSize to LINEAR."""
    routing = _routing(request)
    if routing is None:
        return None
    for member, kind in (("CanarySize", "CANARY"), ("LinearStepSize", "LINEAR")):
        if (member in routing) != (routing["Type"] == kind):
            return f"{member} must be specified if and only if TrafficRoutingConfiguration Type is {kind}."
    return None


def canary_is_at_most_half(request: DeploymentRequest) -> str | None:
    """API_TrafficRoutingConfig, CanarySize: at most 50 % of the variant's total instance count."""
    routing = _routing(request)
    if routing is not None and "CanarySize" in routing:
        return _percent_refusal("CanarySize", routing["CanarySize"], request, least=0, most=50)
    return None


def linear_step_is_a_tenth_to_half(request: DeploymentRequest) -> str | None:
    """API_TrafficRoutingConfig, LinearStepSize: 10 to 50 % of the variant's total instance count."""
    routing = _routing(request)
    if routing is not None and "LinearStepSize" in routing:
        return _percent_refusal("LinearStepSize", routing["LinearStepSize"], request, least=10, most=50)
    return None


def rolling_batch_is_a_twentieth_to_half(request: DeploymentRequest) -> str | None:
    """API_RollingUpdatePolicy, MaximumBatchSize: 5 to 50 % of the variant's total instance count."""
    rolling = request.deployment_config.get("RollingUpdatePolicy")
    if rolling is not None:
        return _percent_refusal("MaximumBatchSize", rolling["MaximumBatchSize"], request, least=5, most=50)
    return None


def rolling_has_one_variant_on_instances(request: DeploymentRequest) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html: rolling deployments
    support neither serverless endpoints nor several variants."""
    if "RollingUpdatePolicy" not in request.deployment_config:
        return None
    if request.endpoint_config.is_serverless:
        return "RollingUpdatePolicy is not supported for serverless endpoints."
    if len(request.endpoint_config.variants) > 1:
        return "RollingUpdatePolicy is not supported for endpoints with multiple production variants."
    return None


def execution_time_exceeds_the_waits(request: DeploymentRequest) -> str | None:
    """API_BlueGreenUpdatePolicy, MaximumExecutionTimeoutInSeconds: "should be larger than the total waiting time
    specified in TerminationWaitInSeconds and WaitIntervalInSeconds"."""
    policy = request.deployment_config.get("BlueGreenUpdatePolicy", {})
    routing = policy.get("TrafficRoutingConfiguration", {})
    waits = policy.get("TerminationWaitInSeconds", 0) + routing.get("WaitIntervalInSeconds", 0)
    most = policy.get("MaximumExecutionTimeoutInSeconds")
    if most is not None and most <= waits:
        return (
            f"MaximumExecutionTimeoutInSeconds {most} must be larger than the total of TerminationWaitInSeconds and "
            f"WaitIntervalInSeconds, which is {waits}."
        )
    return None


def percent_of_capacity(size: dict[str, Any], instance_count: int) -> float:
    """A CapacitySize as percentage of a variant's instances."""
    if size["Type"] == "CAPACITY_PERCENT":
        return float(size["Value"])
    return 100.0 * int(size["Value"]) / max(instance_count, 1)


def _routing(request: DeploymentRequest) -> dict[str, Any] | None:
    policy = request.deployment_config.get("BlueGreenUpdatePolicy")
    return None if policy is None else policy["TrafficRoutingConfiguration"]


def _percent_refusal(
    member: str, size: dict[str, Any], request: DeploymentRequest, *, least: int, most: int
) -> str | None:
    for variant in request.endpoint_config.variants:
        count = variant.get("InitialInstanceCount")
        if size["Type"] == "INSTANCE_COUNT" and count is None:
            return f"{member} Type INSTANCE_COUNT is not supported: variant {variant['VariantName']} has no instances."
        percent = percent_of_capacity(size, count or 1)
        if not least <= percent <= most:
            return (
                f"{member} must be between {least}% and {most}% of the variant's total instance count; "
                f"{size['Value']} ({size['Type']}) is {percent:g}% of variant {variant['VariantName']}."
            )
    return None


RULES: tuple[DeploymentRule, ...] = (
    one_policy,
    step_sizes_fit_the_traffic_type,
    canary_is_at_most_half,
    linear_step_is_a_tenth_to_half,
    rolling_batch_is_a_twentieth_to_half,
    rolling_has_one_variant_on_instances,
    execution_time_exceeds_the_waits,
)
