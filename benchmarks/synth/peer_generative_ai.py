"""cdklabs.generative-ai-cdk-constructs, AWS Labs' L3: one HuggingFaceSageMakerEndpoint in each stack, its smallest.

python benchmarks/synth/peer_generative_ai.py ENDPOINTS FOLDER
"""

from __future__ import annotations

import sys

import aws_cdk as cdk
import cdklabs.generative_ai_cdk_constructs.sagemaker_deployment as deployment

REPOSITORY = "huggingface-pytorch-tgi-inference"
TAG = "2.7.0-tgi3.3.6-gpu-py311-cu124-ubuntu22.04"


def endpoint_stack(app: cdk.App, name: str) -> None:
    stack = cdk.Stack(app, name, env=cdk.Environment(account="111122223333", region="us-east-1"))
    deployment.HuggingFaceSageMakerEndpoint(
        stack,
        "Endpoint",
        model_id="tiny/chat",
        endpoint_name=name,
        instance_type=deployment.SageMakerInstanceType.ML_G5_2_XLARGE,
        container=deployment.DeepLearningContainerImage.from_deep_learning_container_image(REPOSITORY, TAG),
        environment={"MAX_TOTAL_TOKENS": "2048", "MAX_CONCURRENT_REQUESTS": "8"},
    )


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
