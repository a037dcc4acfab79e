"""AWS::SageMaker::EndpointConfig."""

from localaws.autoscaling.sagemaker_variant import SageMaker
from localaws.cloudformation.sagemaker_named import ImmutableResource


def endpoint_config_type(sagemaker: SageMaker) -> ImmutableResource:
    """The type, with the create-only properties of its CloudFormation schema (2026-10-20)."""
    return ImmutableResource(
        sagemaker,
        kind="EndpointConfig",
        create_only=(
            "AsyncInferenceConfig",
            "DataCaptureConfig",
            "EnableNetworkIsolation",
            "EndpointConfigName",
            "ExecutionRoleArn",
            "ExplainerConfig",
            "KmsKeyId",
            "MetricsConfig",
            "ProductionVariants",
            "ShadowProductionVariants",
            "VpcConfig",
        ),
    )
