"""Rules for RoutingConfig (API_ProductionVariantRoutingConfig)."""

from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule


def prefix_aware_says_how(config: ConfigRequest) -> str | None:
    """API_ProductionVariantRoutingConfig: PrefixAwareRoutingConfig belongs to the strategy PREFIX_AWARE, both ways."""
    for variant in config.all_variants:
        routing = variant.get("RoutingConfig", {})
        is_prefix_aware = routing.get("RoutingStrategy") == "PREFIX_AWARE"
        if is_prefix_aware != ("PrefixAwareRoutingConfig" in routing):
            return "PrefixAwareRoutingConfig must be specified if and only if RoutingStrategy is PREFIX_AWARE."
    return None


RULES: tuple[ConfigRule, ...] = (prefix_aware_says_how,)
