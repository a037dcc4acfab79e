"""Rules for asynchronous endpoints.

InvokeEndpointAsync has neither TargetModel nor TargetContainerHostname nor InferenceComponentName (botocore 1.44.5
sagemaker-runtime model), so nothing could ever address the inside of such an endpoint.
"""

from localaws.sagemaker.hard_rules.config_request import ConfigRequest, ConfigRule


def has_no_multi_model(config: ConfigRequest) -> str | None:
    """InvokeEndpointAsync has no TargetModel."""
    if config.is_async and config.multi_model_variants:
        return "Multi-model endpoints are not supported when specifying an AsyncInferenceConfig."
    return None


def has_no_inference_components(config: ConfigRequest) -> str | None:
    """InvokeEndpointAsync has no InferenceComponentName."""
    if config.is_async and any("ModelName" not in variant for variant in config.all_variants):
        return "Inference components are not supported when specifying an AsyncInferenceConfig."
    return None


def has_no_direct_containers(config: ConfigRequest) -> str | None:
    """InvokeEndpointAsync has no TargetContainerHostname."""
    models = [config.model_of(variant) for variant in config.all_variants]
    direct = any(
        model is not None and model.request.get("InferenceExecutionConfig", {}).get("Mode") == "Direct"
        for model in models
    )
    if config.is_async and direct:
        return "InferenceExecutionConfig Mode Direct is not supported when specifying an AsyncInferenceConfig."
    return None


def output_path_is_given(config: ConfigRequest) -> str | None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-create-endpoint-create-endpoint-config.html: the
    OutputConfig names the S3 bucket for the results."""
    if config.is_async and "S3OutputPath" not in config.request["AsyncInferenceConfig"]["OutputConfig"]:
        return "S3OutputPath must be specified in the OutputConfig of AsyncInferenceConfig."
    return None


def topics_are_in_the_region(config: ConfigRequest) -> str | None:
    """API_AsyncInferenceNotificationConfig: SageMaker publishes with the endpoint's own regional SNS."""
    notification = config.request.get("AsyncInferenceConfig", {}).get("OutputConfig", {}).get("NotificationConfig", {})
    for member in ("SuccessTopic", "ErrorTopic"):
        topic = notification.get(member)
        if topic is not None and topic.split(":")[3] != config.scope.region:
            return f"{member} {topic} must be in region {config.scope.region}."
    return None


RULES: tuple[ConfigRule, ...] = (
    has_no_multi_model,
    has_no_inference_components,
    has_no_direct_containers,
    output_path_is_given,
    topics_are_in_the_region,
)
