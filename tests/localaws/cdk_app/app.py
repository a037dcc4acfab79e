"""A throw-away CDK app: one endpoint with its role and scaling, and a function that needs an asset to be published."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_sagemaker as sagemaker

app = cdk.App()
stack = cdk.Stack(
    app,
    "cdk-chat",
    env=cdk.Environment(account="000000000000", region="us-east-1"),
    tags={"llm:managed-by": "modelyard"},
)
role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
role.add_to_policy(
    iam.PolicyStatement(
        actions=[
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetAuthorizationToken",
            "ecr:GetDownloadUrlForLayer",
        ],
        resources=["*"],
    )
)
environment = {"VERSION": app.node.try_get_context("version"), "FAIL": app.node.try_get_context("fail") or "no"}
model = sagemaker.CfnModel(
    stack,
    "Model",
    execution_role_arn=role.role_arn,
    primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
        image="000000000000.dkr.ecr.us-east-1.amazonaws.com/tiny:1", environment=environment
    ),
)
# The role's policy is a resource of its own, and the endpoint needs it before it can start.
model.node.add_dependency(role)
config = sagemaker.CfnEndpointConfig(
    stack,
    "Config",
    production_variants=[
        sagemaker.CfnEndpointConfig.ProductionVariantProperty(
            variant_name="main",
            model_name=model.attr_model_name,
            initial_instance_count=1,
            initial_variant_weight=1,
            instance_type="ml.m5.large",
        )
    ],
)
endpoint = sagemaker.CfnEndpoint(
    stack, "Endpoint", endpoint_name="cdk-chat", endpoint_config_name=config.attr_endpoint_config_name
)
target = scaling.CfnScalableTarget(
    stack,
    "Target",
    service_namespace="sagemaker",
    scalable_dimension="sagemaker:variant:DesiredInstanceCount",
    resource_id=f"endpoint/{endpoint.attr_endpoint_name}/variant/main",
    min_capacity=1,
    max_capacity=4,
)
scaling.CfnScalingPolicy(
    stack,
    "Policy",
    policy_name="follow",
    policy_type="TargetTrackingScaling",
    scaling_target_id=target.ref,
    target_tracking_scaling_policy_configuration=scaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty(
        target_value=8,
        predefined_metric_specification=scaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty(
            predefined_metric_type="SageMakerVariantInvocationsPerInstance"
        ),
    ),
)
functions.Function(
    stack,
    "Function",
    runtime=functions.Runtime.PYTHON_3_11,
    handler="index.handler",
    code=functions.Code.from_asset(str(Path(__file__).parent / "function")),
)
cdk.CfnOutput(stack, "EndpointArn", value=endpoint.ref)
cdk.CfnOutput(stack, "EndpointName", value=endpoint.attr_endpoint_name)
cdk.Tags.of(stack).add("llm:endpoint", "chat")
app.synth()
