"""What UpdateEndpoint refuses about the step from the old configuration to the new one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localaws.sagemaker import refusals
from localaws.sagemaker.records import EndpointConfigRecord


@dataclass(frozen=True)
class UpdateRequest:
    """An UpdateEndpoint request with both configurations."""

    request: dict[str, Any]
    old: EndpointConfigRecord
    new: EndpointConfigRecord
    is_autoscaled: Callable[[str], bool]


UpdateRule = Callable[[UpdateRequest], str | None]


def require_all(update: UpdateRequest) -> None:
    """Raise `AwsError` with the first rule that the update breaks."""
    for rule in RULES:
        refusal = rule(update)
        if refusal is not None:
            raise refusals.invalid(refusal)


def instances_stay_instances(update: UpdateRequest) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-update.html: a serverless endpoint can
    become an instance-based one; the way back does not exist (ValidationError)."""
    if update.new.is_serverless and not update.old.is_serverless:
        return "Converting an endpoint with instance-based variants to a serverless endpoint is not supported."
    return None


def asynchronous_stays_asynchronous(update: UpdateRequest) -> str | None:
    """In UpdateEndpoint's words for the one direction (aws/sagemaker-python-sdk#3124); that the other direction is
    refused alike is inferred, its sentence ours."""
    was, will_be = update.old.async_config is not None, update.new.async_config is not None
    if was == will_be:
        return None
    name = update.request.get("EndpointName", "")
    change = "removed from" if was else "added to"
    return (
        f"The AsyncInferenceConfig parameter cannot be {change} this endpoint {name}. To change the endpoint, create a "
        "new one."
    )


def autoscaled_variants_keep_their_type(update: UpdateRequest) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling.html: an update fails that removes a variant
    registered with Application Auto Scaling or changes its instance type; deregister it first."""
    new_variants = {variant["VariantName"]: variant for variant in update.new.variants}
    for old_variant in update.old.variants:
        name = old_variant["VariantName"]
        if not update.is_autoscaled(name):
            continue
        if name not in new_variants:
            return _still_registered(name, "is removed")
        if new_variants[name].get("InstanceType") != old_variant.get("InstanceType"):
            return _still_registered(name, "changes its instance type")
    return None


def exclusions_need_retention(update: UpdateRequest) -> str | None:
    """API_UpdateEndpoint, ExcludeRetainedVariantProperties: used with RetainAllVariantProperties true."""
    if update.request.get("ExcludeRetainedVariantProperties") and not update.request.get("RetainAllVariantProperties"):
        return "ExcludeRetainedVariantProperties is only supported when RetainAllVariantProperties is true."
    return None


def guarded_variants_keep_their_names(update: UpdateRequest) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html: with a deployment policy
    the new configuration must have the variant names of the old one."""
    if "DeploymentConfig" not in update.request:
        return None
    old_names = sorted(variant["VariantName"] for variant in update.old.variants)
    new_names = sorted(variant["VariantName"] for variant in update.new.variants)
    if old_names != new_names:
        return (
            f"Variant names must not change when DeploymentConfig is specified: the endpoint has {old_names}, the new "
            f"configuration {new_names}."
        )
    return None


def _still_registered(variant: str, what: str) -> str:
    return (
        f"Variant {variant} {what}, but it is registered as a scalable target with Application Auto Scaling. "
        "Deregister it before you update the endpoint."
    )


RULES: tuple[UpdateRule, ...] = (
    instances_stay_instances,
    asynchronous_stays_asynchronous,
    autoscaled_variants_keep_their_type,
    exclusions_need_retention,
    guarded_variants_keep_their_names,
)
