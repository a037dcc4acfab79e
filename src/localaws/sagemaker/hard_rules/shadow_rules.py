"""Rules for shadow variants: https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests.html."""

from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule, instance_types
from localaws.sagemaker.instance_facts import family


def one_of_each(config: ConfigRequest) -> str | None:
    """API_CreateEndpointConfig, ShadowProductionVariants: "If you use this field, you can only specify one variant for
    ProductionVariants and one variant for ShadowProductionVariants"."""
    if config.shadow_variants and (len(config.variants) != 1 or len(config.shadow_variants) != 1):
        return (
            "Exactly one production variant and one shadow production variant must be specified when "
            "ShadowProductionVariants is used."
        )
    return None


def is_real_time(config: ConfigRequest) -> str | None:
    """shadow-tests.html, exclusions: serverless and asynchronous inference."""
    if config.shadow_variants and (config.is_async or config.serverless_variants):
        return "ShadowProductionVariants is not supported for asynchronous or serverless endpoints."
    return None


def is_one_model_in_one_container(config: ConfigRequest) -> str | None:
    """shadow-tests.html, exclusions: multi-container and multi-model endpoints; inference components are no Models."""
    if not config.shadow_variants:
        return None
    for variant in config.all_variants:
        model = config.model_of(variant)
        if model is None or model.is_multi_model or len(model.containers) > 1:
            return "ShadowProductionVariants is only supported for models with a single container and a single model."
    return None


def is_not_on_inf1(config: ConfigRequest) -> str | None:
    """shadow-tests.html, exclusions: Inf1 instances."""
    if config.shadow_variants:
        for variant in config.all_variants:
            if any(family(instance_type) == "inf1" for instance_type in instance_types(variant)):
                return "ShadowProductionVariants is not supported for Inf1 instances."
    return None


RULES: tuple[ConfigRule, ...] = (one_of_each, is_real_time, is_one_model_in_one_container, is_not_on_inf1)
