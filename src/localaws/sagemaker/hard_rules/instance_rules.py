"""Rules for the instances that a variant asks for."""

from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule, instance_types
from localaws.sagemaker.instance_facts import is_offered


def type_or_pools(config: ConfigRequest) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-heterogeneous.html: InstancePools replaces
    InstanceType."""
    for variant in config.all_variants:
        if "ServerlessConfig" in variant:
            continue
        if ("InstanceType" in variant) == bool(variant.get("InstancePools")):
            return (
                f"Exactly one of InstanceType and InstancePools must be specified for variant {variant['VariantName']}."
            )
    return None


def pools_differ(config: ConfigRequest) -> str | None:
    """realtime-endpoints-heterogeneous.html: each pool is one instance type with its own priority."""
    for variant in config.all_variants:
        pools = variant.get("InstancePools") or ()
        types = [pool["InstanceType"] for pool in pools]
        priorities = [pool["Priority"] for pool in pools]
        if len(set(types)) != len(types):
            return f"InstancePools must not repeat an InstanceType, found: {types}"
        if len(set(priorities)) != len(priorities):
            return f"InstancePools must not repeat a Priority, found: {priorities}"
    return None


def types_are_offered(config: ConfigRequest) -> str | None:
    """The type must be offered for hosting in the region (AWS price lists, see data/hosting_regions.json)."""
    for variant in config.all_variants:
        for instance_type in instance_types(variant):
            if not is_offered(instance_type, config.scope.region):
                return f"Instance type {instance_type} is not supported in region {config.scope.region} for hosting."
    return None


RULES: tuple[ConfigRule, ...] = (type_or_pools, pools_differ, types_are_offered)
