"""Rules for where requests go: RoutingConfig, CrossRegionTrafficConfig, and what would look at them on the way."""

from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule


def prefix_aware_says_how(config: ConfigRequest) -> str | None:
    """API_ProductionVariantRoutingConfig: PrefixAwareRoutingConfig belongs to the strategy PREFIX_AWARE, both ways."""
    for variant in config.all_variants:
        routing = variant.get("RoutingConfig", {})
        is_prefix_aware = routing.get("RoutingStrategy") == "PREFIX_AWARE"
        if is_prefix_aware != ("PrefixAwareRoutingConfig" in routing):
            return "PrefixAwareRoutingConfig must be specified if and only if RoutingStrategy is PREFIX_AWARE."
    return None


def cross_region_traffic_needs_real_time_instances(config: ConfigRequest) -> str | None:
    """API_CreateEndpointConfig, CrossRegionTrafficConfig: for neither serverless nor asynchronous endpoints. Embedded
    SageMaker has one region at a time, so it refuses the rest, too, rather than ignore it."""
    if "CrossRegionTrafficConfig" not in config.request:
        return None
    if config.is_async or config.serverless_variants:
        return "CrossRegionTrafficConfig is not supported for asynchronous or serverless endpoints."
    return "CrossRegionTrafficConfig is not supported by embedded SageMaker."


def explainers_are_not_embedded(config: ConfigRequest) -> str | None:
    """API_CreateEndpointConfig, ExplainerConfig: online explanations, which embedded SageMaker would ignore."""
    if "ExplainerConfig" in config.request:
        return "ExplainerConfig is not supported by embedded SageMaker."
    return None


RULES: tuple[ConfigRule, ...] = (
    prefix_aware_says_how,
    cross_region_traffic_needs_real_time_instances,
    explainers_are_not_embedded,
)
