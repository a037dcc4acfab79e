"""Rules that tell endpoints with a Model per variant from endpoints that host inference components.

https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html; a variant without ModelName makes
the endpoint one for inference components.
"""

from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule

_COMPONENT_MEMBERS = ("ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation")


def all_variants_or_none_name_a_model(config: ConfigRequest) -> str | None:
    """API_ProductionVariant, ModelName: left out on endpoints for inference components, needed on all others."""
    named = ["ModelName" in variant for variant in config.all_variants]
    if any(named) and not all(named):
        return "ModelName must be specified for all variants or for none."
    return None


def components_need_a_role(config: ConfigRequest) -> str | None:
    """API_CreateEndpointConfig, ExecutionRoleArn: required for endpoints that host inference components."""
    if _hosts_components(config) and "ExecutionRoleArn" not in config.request:
        return "ExecutionRoleArn must be specified when no variant has a ModelName."
    return None


def models_bring_role_and_network(config: ConfigRequest) -> str | None:
    """API_CreateEndpointConfig: role, VPC and isolation of the configuration are for inference components; a variant
    with a ModelName has them from its Model (hashicorp/terraform-provider-aws#48738)."""
    if _hosts_components(config):
        return None
    for member in _COMPONENT_MEMBERS:
        if config.request.get(member):
            return f"{member} is not supported when a variant specifies ModelName; specify it on the model."
    return None


def managed_scaling_needs_components(config: ConfigRequest) -> str | None:
    """Wording as CreateEndpointConfig answers it: hashicorp/terraform-provider-aws#45926."""
    if not _hosts_components(config) and any("ManagedInstanceScaling" in variant for variant in config.all_variants):
        return "ManagedInstanceScaling is only supported for inference component endpoints."
    return None


def _hosts_components(config: ConfigRequest) -> bool:
    return all("ModelName" not in variant for variant in config.all_variants)


RULES: tuple[ConfigRule, ...] = (
    all_variants_or_none_name_a_model,
    components_need_a_role,
    models_bring_role_and_network,
    managed_scaling_needs_components,
)
