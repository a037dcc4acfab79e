"""aws-cdk.aws-sagemaker-alpha, AWS's own L2: Model, EndpointConfig, Endpoint, Role, Policy in each stack.

python benchmarks/synth/peer_sagemaker_alpha.py ENDPOINTS FOLDER
"""

from __future__ import annotations

import sys

import aws_cdk as cdk
import aws_cdk.aws_sagemaker_alpha as sagemaker

REPOSITORY = "huggingface-pytorch-tgi-inference"
TAG = "2.7.0-tgi3.3.6-gpu-py311-cu124-ubuntu22.04"


def endpoint_stack(app: cdk.App, name: str) -> None:
    stack = cdk.Stack(app, name, env=cdk.Environment(account="111122223333", region="us-east-1"))
    container = sagemaker.ContainerDefinition(
        image=sagemaker.ContainerImage.from_dlc(REPOSITORY, TAG),
        environment={"MAX_TOTAL_TOKENS": "2048", "MAX_CONCURRENT_REQUESTS": "8"},
    )
    model = sagemaker.Model(stack, "Model", containers=[container])
    variant = sagemaker.InstanceProductionVariantProps(
        model=model,
        variant_name="AllTraffic",
        instance_type=sagemaker.InstanceType.of("ml.g5.2xlarge"),
        initial_instance_count=1,
    )
    config = sagemaker.EndpointConfig(stack, "EndpointConfig", instance_production_variants=[variant])
    sagemaker.Endpoint(stack, "Endpoint", endpoint_config=config, endpoint_name=name)


def main(endpoints: int, folder: str, *, lean: bool) -> None:
    if lean:
        app = cdk.App(
            outdir=folder, analytics_reporting=False, builtin_cloud_formation_validation=False, tree_metadata=False
        )
    else:
        app = cdk.App(outdir=folder)
    for number in range(endpoints):
        endpoint_stack(app, f"chat-{number:04d}")
    app.synth()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], lean="lean" in sys.argv[3:])
