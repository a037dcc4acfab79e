"""AWS::SageMaker::Model."""

from localaws.autoscaling.sagemaker_variant import SageMaker
from localaws.cloudformation.sagemaker_named import ImmutableResource


def model_type(sagemaker: SageMaker) -> ImmutableResource:
    """The type, with the create-only properties of its CloudFormation schema (2026-10-20)."""
    return ImmutableResource(
        sagemaker,
        kind="Model",
        create_only=(
            "Containers",
            "EnableNetworkIsolation",
            "ExecutionRoleArn",
            "InferenceExecutionConfig",
            "ModelName",
            "PrimaryContainer",
            "VpcConfig",
        ),
    )
