"""What CreateModel refuses beyond the service model: one rule, one function, the source in its docstring.

A rule answers the sentence with which the request is refused, or None. The request is valid by the service model.
"""

from collections.abc import Callable
from typing import Any

from localaws.sagemaker import refusals
from localaws.sagemaker.image_access import ECR_IMAGE

Request = dict[str, Any]

# "The maximum length of all key-value pairs in the map, combined, is 32 KB": API_ContainerDefinition, Environment.
MOST_ENVIRONMENT_BYTES = 32 * 1024


def require_all(request: Request, *, region: str) -> None:
    """Raise `AwsError` with the first rule that the request, made in that region, breaks."""
    for rule in RULES:
        refusal = rule(request)
        if refusal is not None:
            raise refusals.invalid(refusal)
    for container in _containers(request):
        refusal = _image_refusal(container, region)
        if refusal is not None:
            raise refusals.invalid(refusal)


def _image_refusal(container: Request, region: str) -> str | None:
    """API_ContainerDefinition, Image: a path in Amazon ECR, of the Model's own region, or in a private Docker registry.

    CreateModel answers an image of neither sort with the first sentence, public.ecr.aws included.
    """
    if container.get("ImageConfig", {}).get("RepositoryAccessMode") == "Vpc":
        return None
    match = ECR_IMAGE.fullmatch(container["Image"])
    if match is None:
        return f'Using non-ECR image "{container["Image"]}" without Vpc repository access mode is not supported.'
    if match["region"] != region:
        return f"Image {container['Image']} must be in the Amazon ECR of region {region}."
    return None


def one_way_to_name_containers(request: Request) -> str | None:
    """API_CreateModel: PrimaryContainer for one container, Containers for a pipeline; never both, never neither."""
    if ("PrimaryContainer" in request) == bool(request.get("Containers")):
        return "Exactly one of PrimaryContainer and Containers must be specified."
    return None


def execution_role_is_given(request: Request) -> str | None:
    """API_CreateModel, ExecutionRoleArn: needed to deploy on hosting instances; no role, no hosting."""
    if not request.get("ExecutionRoleArn"):
        return (
            "ExecutionRoleArn must be specified: the model cannot be hosted without a role that SageMaker can assume."
        )
    return None


def container_names_its_image(request: Request) -> str | None:
    """API_ContainerDefinition: Image, or a model package that brings one. Model packages are not embedded."""
    for container in _containers(request):
        if "ModelPackageName" in container:
            return "ModelPackageName is not supported by embedded SageMaker: name the Image and the model data instead."
        if "Image" not in container:
            return "Each container must specify an Image."
    return None


def pipeline_has_two_to_fifteen_containers(request: Request) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html: two to fifteen containers."""
    count = len(request.get("Containers") or ())
    if count and not 2 <= count <= 15:
        return f"Containers must have between 2 and 15 members, found {count}."
    return None


def execution_mode_needs_several_containers(request: Request) -> str | None:
    """API_CreateModel, InferenceExecutionConfig: details of how containers in a multi-container endpoint are called."""
    if "InferenceExecutionConfig" in request and "PrimaryContainer" in request:
        return "InferenceExecutionConfig is only supported for models with multiple Containers."
    return None


def hostnames_are_given_as_the_mode_needs(request: Request) -> str | None:
    """API_ContainerDefinition, ContainerHostname: Direct needs a unique one each; in Serial all or none."""
    containers = request.get("Containers") or ()
    names = [container.get("ContainerHostname") for container in containers]
    mode = request.get("InferenceExecutionConfig", {}).get("Mode", "Serial")
    if mode == "Direct" and (None in names or len(set(names)) != len(names)):
        return "Each container must have a unique ContainerHostname when InferenceExecutionConfig Mode is Direct."
    if mode == "Serial" and None in names and any(names):
        return "ContainerHostname must be specified for all containers or for none."
    return None


def one_source_of_model_data(request: Request) -> str | None:
    """API_ContainerDefinition: ModelDataUrl and ModelDataSource exclude each other."""
    if any("ModelDataUrl" in container and "ModelDataSource" in container for container in _containers(request)):
        return "ModelDataUrl and ModelDataSource cannot both be specified for the same container."
    return None


def uncompressed_prefix_ends_with_slash(request: Request) -> str | None:
    """API_S3ModelDataSource, S3DataType: "If you choose S3Prefix, S3Uri must end with a forward slash"."""
    for source in _s3_sources(request):
        if source["S3DataType"] == "S3Prefix" and not source["S3Uri"].endswith("/"):
            return f"S3Uri {source['S3Uri']} must end with a forward slash (/) when S3DataType is S3Prefix."
    return None


def gzip_needs_one_object(request: Request) -> str | None:
    """API_S3ModelDataSource, CompressionType: Gzip expects a single gzip-compressed tar, so S3DataType S3Object."""
    for source in _s3_sources(request):
        if source["CompressionType"] == "Gzip" and source["S3DataType"] != "S3Object":
            return "CompressionType Gzip is only supported with S3DataType S3Object."
    return None


def only_plain_sources(request: Request) -> str | None:
    """Manifests, hub access and additional channels exist on AWS; embedded SageMaker would have to ignore them."""
    for container in _containers(request):
        if container.get("AdditionalModelDataSources"):
            return "AdditionalModelDataSources is not supported by embedded SageMaker."
    for source in _s3_sources(request):
        for member in ("ManifestS3Uri", "HubAccessConfig"):
            if member in source:
                return f"{member} is not supported by embedded SageMaker."
    return None


def multi_model_has_a_prefix(request: Request) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/create-multi-model-endpoint.html: ModelDataUrl is the S3 prefix
    of the model archives. API_ContainerDefinition: ModelDataSource cannot be used with multi-model endpoints."""
    for container in _containers(request):
        if container.get("Mode") != "MultiModel":
            continue
        if "ModelDataSource" in container:
            return "ModelDataSource is not supported for containers with Mode MultiModel; use ModelDataUrl."
        if not container.get("ModelDataUrl", "").endswith("/"):
            return "ModelDataUrl must be an S3 prefix that ends with a forward slash (/) when Mode is MultiModel."
    return None


def multi_model_config_needs_multi_model(request: Request) -> str | None:
    """API_ContainerDefinition, MultiModelConfig: additional configuration for multi-model endpoints."""
    for container in _containers(request):
        if "MultiModelConfig" in container and container.get("Mode") != "MultiModel":
            return "MultiModelConfig is only supported for containers with Mode MultiModel."
    return None


def one_multi_model_container_at_most(request: Request) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoints.html: a serial inference pipeline can hold
    at most one multi-model container."""
    if sum(container.get("Mode") == "MultiModel" for container in _containers(request)) > 1:
        return "At most one container may have Mode MultiModel."
    return None


def environment_is_small_enough(request: Request) -> str | None:
    """API_ContainerDefinition, Environment: at most 32 KB over all key-value pairs of all containers."""
    size = sum(
        len(key.encode()) + len(value.encode())
        for container in _containers(request)
        for key, value in container.get("Environment", {}).items()
    )
    if size > MOST_ENVIRONMENT_BYTES:
        return (
            f"The maximum length of all key-value pairs in the Environment maps, combined, is {MOST_ENVIRONMENT_BYTES} "
            f"bytes; found {size} bytes."
        )
    return None


def private_registry_needs_vpc(request: Request) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-containers-inference-private.html: an image of a
    private Docker registry is pulled through the Model's VPC."""
    for container in _containers(request):
        if container.get("ImageConfig", {}).get("RepositoryAccessMode") == "Vpc" and "VpcConfig" not in request:
            return "VpcConfig must be specified when RepositoryAccessMode is Vpc."
    return None


def repository_credentials_need_private_registry(request: Request) -> str | None:
    """API_ImageConfig, RepositoryAuthConfig: specify only with RepositoryAccessMode Vpc."""
    for container in _containers(request):
        config = container.get("ImageConfig", {})
        if "RepositoryAuthConfig" in config and config["RepositoryAccessMode"] != "Vpc":
            return "RepositoryAuthConfig is only supported when RepositoryAccessMode is Vpc."
    return None


def _containers(request: Request) -> list[Request]:
    primary = request.get("PrimaryContainer")
    return ([primary] if primary is not None else []) + list(request.get("Containers") or ())


def _s3_sources(request: Request) -> list[Request]:
    return [
        container["ModelDataSource"]["S3DataSource"]
        for container in _containers(request)
        if "S3DataSource" in container.get("ModelDataSource", {})
    ]


RULES: tuple[Callable[[Request], str | None], ...] = (
    one_way_to_name_containers,
    execution_role_is_given,
    container_names_its_image,
    pipeline_has_two_to_fifteen_containers,
    execution_mode_needs_several_containers,
    hostnames_are_given_as_the_mode_needs,
    one_source_of_model_data,
    uncompressed_prefix_ends_with_slash,
    gzip_needs_one_object,
    only_plain_sources,
    multi_model_has_a_prefix,
    multi_model_config_needs_multi_model,
    one_multi_model_container_at_most,
    environment_is_small_enough,
    private_registry_needs_vpc,
    repository_credentials_need_private_registry,
)
