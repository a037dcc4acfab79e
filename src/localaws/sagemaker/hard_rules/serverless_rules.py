"""Rules for serverless variants.

https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html, "Feature exclusions": GPUs, Marketplace model
packages, private Docker registries, multi-model endpoints, VPC configuration, network isolation, data capture, multiple
production variants, Model Monitor and inference pipelines are not supported.
"""

from typing import Any

from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule
from localaws.sagemaker.instance_facts import SERVERLESS_REGIONS

MEMORY_SIZES_MB = tuple(range(1024, 6145, 1024))

# Members of a ProductionVariant that describe instances, which a serverless variant has not (API_ProductionVariant).
_INSTANCE_MEMBERS = (
    "InstanceType",
    "InitialInstanceCount",
    "InstancePools",
    "VolumeSizeInGB",
    "ManagedInstanceScaling",
    "RoutingConfig",
    "InferenceAmiVersion",
    "CapacityReservationConfig",
    "AcceleratorType",
)


def is_offered_in_the_region(config: ConfigRequest) -> str | None:
    """serverless-endpoints.html, the list of regions with serverless inference."""
    if config.serverless_variants and config.scope.region not in SERVERLESS_REGIONS:
        return f"Serverless Inference is not supported in region {config.scope.region}."
    return None


def is_the_only_variant(config: ConfigRequest) -> str | None:
    """serverless-endpoints.html: multiple production variants are excluded, shadow variants with them."""
    if config.serverless_variants and len(config.all_variants) > 1:
        return "Multiple production variants are not supported for serverless endpoint."
    return None


def has_no_instances(config: ConfigRequest) -> str | None:
    """API_ProductionVariant, ServerlessConfig: specified instead of the instance-based members."""
    for variant in config.serverless_variants:
        for member in _INSTANCE_MEMBERS:
            if member in variant:
                return f"{member} is not supported for serverless endpoint variant {variant['VariantName']}."
    return None


def memory_is_a_whole_gigabyte(config: ConfigRequest) -> str | None:
    """API_ProductionVariantServerlessConfig, MemorySizeInMB: "Valid values are in 1 GB increments: 1024 MB, 2048 MB,
    3072 MB, 4096 MB, 5120 MB, or 6144 MB"; the service model knows the two ends only."""
    for variant in config.serverless_variants:
        memory = variant["ServerlessConfig"]["MemorySizeInMB"]
        if memory not in MEMORY_SIZES_MB:
            return f"MemorySizeInMB {memory} is not valid. Valid values are: {list(MEMORY_SIZES_MB)}"
    return None


def provisioned_concurrency_fits(config: ConfigRequest) -> str | None:
    """API_ProductionVariantServerlessConfig: ProvisionedConcurrency should be at most MaxConcurrency."""
    for variant in config.serverless_variants:
        serverless = variant["ServerlessConfig"]
        provisioned, most = serverless.get("ProvisionedConcurrency", 0), serverless["MaxConcurrency"]
        if provisioned > most:
            return f"ProvisionedConcurrency {provisioned} must be less than or equal to MaxConcurrency {most}."
    return None


def model_uses_no_vpc(config: ConfigRequest) -> str | None:
    """serverless-endpoints.html: VPC configuration is excluded."""
    if _any_model_has(config, "VpcConfig") or (config.serverless_variants and "VpcConfig" in config.request):
        return "VPC configuration is not supported for serverless endpoint."
    return None


def model_is_not_isolated(config: ConfigRequest) -> str | None:
    """serverless-endpoints.html: network isolation is excluded."""
    if _any_model_has(config, "EnableNetworkIsolation") or (
        config.serverless_variants and config.request.get("EnableNetworkIsolation")
    ):
        return "network isolation is not supported for serverless endpoint"
    return None


def captures_no_data(config: ConfigRequest) -> str | None:
    """serverless-endpoints.html: data capture is excluded."""
    if config.serverless_variants and "DataCaptureConfig" in config.request:
        return "DataCaptureConfig is not supported for serverless endpoint."
    return None


def is_not_async(config: ConfigRequest) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/deploy-model-options.html: two different kinds of endpoint."""
    if config.serverless_variants and config.is_async:
        return "AsyncInferenceConfig is not supported for serverless endpoint."
    return None


def names_its_model(config: ConfigRequest) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/inference-components.html: components run on instances."""
    if any("ModelName" not in variant for variant in config.serverless_variants):
        return "ModelName must be specified for serverless endpoint."
    return None


def model_is_one_plain_container(config: ConfigRequest) -> str | None:
    """serverless-endpoints.html: multi-model endpoints and inference pipelines are excluded."""
    for variant in config.serverless_variants:
        model = config.model_of(variant)
        if model is not None and model.is_multi_model:
            return "Multi-model endpoints are not supported for serverless endpoint."
        if model is not None and len(model.containers) > 1:
            return "Inference pipelines are not supported for serverless endpoint."
    return None


def model_data_is_an_archive(config: ConfigRequest) -> str | None:
    """API_ContainerDefinition, ModelDataSource: cannot be used with serverless endpoints."""
    if any("ModelDataSource" in container for container in _containers(config)):
        return "ModelDataSource is not supported for serverless endpoint; use ModelDataUrl."
    return None


def image_is_not_in_a_private_registry(config: ConfigRequest) -> str | None:
    """serverless-endpoints.html: private Docker registries are excluded."""
    if any(container.get("ImageConfig", {}).get("RepositoryAccessMode") == "Vpc" for container in _containers(config)):
        return "Private Docker registries are not supported for serverless endpoint."
    return None


def volume_is_not_encrypted_by_key(config: ConfigRequest) -> str | None:
    """API_CreateEndpointConfig, KmsKeyId: encrypts the storage volume of the instances, of which there are none."""
    if config.serverless_variants and "KmsKeyId" in config.request:
        return "KmsKeyId is not supported for serverless endpoint."
    return None


def _containers(config: ConfigRequest) -> list[dict[str, Any]]:
    models = [config.model_of(variant) for variant in config.serverless_variants]
    return [container for model in models if model is not None for container in model.containers]


def _any_model_has(config: ConfigRequest, member: str) -> bool:
    models = [config.model_of(variant) for variant in config.serverless_variants]
    return any(model is not None and bool(model.request.get(member)) for model in models)


RULES: tuple[ConfigRule, ...] = (
    is_offered_in_the_region,
    is_the_only_variant,
    has_no_instances,
    memory_is_a_whole_gigabyte,
    provisioned_concurrency_fits,
    model_uses_no_vpc,
    model_is_not_isolated,
    captures_no_data,
    is_not_async,
    names_its_model,
    model_is_one_plain_container,
    model_data_is_an_archive,
    image_is_not_in_a_private_registry,
    volume_is_not_encrypted_by_key,
)
