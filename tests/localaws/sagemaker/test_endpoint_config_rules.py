"""What CreateEndpointConfig refuses beyond the service model: each case breaks one rule of a good request."""

from datetime import UTC, datetime
from typing import Any

import pytest

from localaws.errors import AwsError
from localaws.sagemaker import service_model
from localaws.sagemaker.hard_rules import endpoint_config_rules
from localaws.sagemaker.records import ModelRecord
from localaws.sagemaker.request_validation import require_valid
from localaws.sagemaker.scope import Scope

US_EAST_1 = Scope("000000000000", "us-east-1")
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:0.27.1-gpu-py312-cu130-ubuntu22.04-sagemaker"
TRITON = "763104351884.dkr.ecr.us-east-1.amazonaws.com/sagemaker-tritonserver:26.03-py3"
ROLE = "arn:aws:iam::000000000000:role/execution"
KEY = "arn:aws:kms:us-east-1:000000000000:key/1"
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
ASYNC = {"OutputConfig": {"S3OutputPath": "s3://b/out"}}
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 20,
    "DestinationS3Uri": "s3://b/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
}


def model(name: str, container: dict[str, Any], **request: Any) -> ModelRecord:
    members = {"ModelName": name, "PrimaryContainer": container, **request}
    if "Containers" in request:
        del members["PrimaryContainer"]
    return ModelRecord(US_EAST_1, name, members, datetime(2026, 1, 1, tzinfo=UTC))


MODELS = {
    record.name: record
    for record in (
        model("plain", {"Image": IMAGE}),
        model("in-vpc", {"Image": IMAGE}, VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}),
        model("isolated", {"Image": IMAGE}, EnableNetworkIsolation=True),
        model("many", {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://b/models/"}),
        model("many-triton", {"Image": TRITON, "Mode": "MultiModel", "ModelDataUrl": "s3://b/models/"}),
        model("private", {"Image": "r/i:1", "ImageConfig": {"RepositoryAccessMode": "Vpc"}}),
        model(
            "uncompressed",
            {
                "Image": IMAGE,
                "ModelDataSource": {
                    "S3DataSource": {"S3Uri": "s3://b/m/", "S3DataType": "S3Prefix", "CompressionType": "None"}
                },
            },
        ),
        model("pipeline", {}, Containers=[{"Image": IMAGE}, {"Image": IMAGE}]),
        model(
            "direct",
            {},
            InferenceExecutionConfig={"Mode": "Direct"},
            Containers=[{"Image": IMAGE, "ContainerHostname": "a"}, {"Image": IMAGE, "ContainerHostname": "b"}],
        ),
    )
}


def variant(model_name: str | None = "plain", **members: Any) -> dict[str, Any]:
    named = {} if model_name is None else {"ModelName": model_name}
    instances = {} if "ServerlessConfig" in members else {"InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}
    chosen = {"VariantName": "main", **named, **instances, **members}
    return {key: value for key, value in chosen.items() if value is not None}


def check(*variants: dict[str, Any], scope: Scope = US_EAST_1, **members: Any) -> None:
    request = {"EndpointConfigName": "config", "ProductionVariants": list(variants), **members}
    require_valid(service_model.load("sagemaker"), "CreateEndpointConfig", request)
    endpoint_config_rules.require_all(request, scope=scope, models=MODELS)


@pytest.mark.parametrize(
    ("variants", "members"),
    [
        ([variant()], {}),
        ([variant(InferenceAmiVersion="al2023-ami-sagemaker-inference-gpu-4-1")], {"DataCaptureConfig": CAPTURE}),
        ([variant(InstanceType="ml.m5.large", VolumeSizeInGB=100)], {"KmsKeyId": KEY}),
        ([variant(InstanceType="ml.inf2.xlarge", InferenceAmiVersion="al2-ami-sagemaker-inference-neuron-2")], {}),
        ([variant(), variant(VariantName="second", InitialVariantWeight=0.5)], {}),
        ([variant(ServerlessConfig=SERVERLESS)], {}),
        ([variant("in-vpc")], {"AsyncInferenceConfig": ASYNC}),
        ([variant("many", InstanceType="ml.m5.large")], {}),
        ([variant("many-triton", InstanceType="ml.g4dn.xlarge")], {}),
        ([variant()], {"ShadowProductionVariants": [variant(VariantName="shadow")]}),
        (
            [
                variant(
                    InstanceType=None,
                    InstancePools=[
                        {"InstanceType": "ml.g5.xlarge", "Priority": 1},
                        {"InstanceType": "ml.g6.xlarge", "Priority": 2},
                    ],
                )
            ],
            {},
        ),
        (
            [variant(None, ManagedInstanceScaling={"Status": "ENABLED", "MinInstanceCount": 0, "MaxInstanceCount": 2})],
            {"ExecutionRoleArn": ROLE},
        ),
        ([variant()], {"MetricsConfig": {"EnableDetailedObservability": True, "MetricPublishFrequencyInSeconds": 60}}),
    ],
)
def test_a_good_configuration_passes(variants: list[dict[str, Any]], members: dict[str, Any]) -> None:
    check(*variants, **members)


@pytest.mark.parametrize(
    ("variants", "members", "words"),
    [
        ([variant(), variant()], {}, "Variant names must be unique"),
        ([variant(InitialVariantWeight=0)], {}, "sum of InitialVariantWeight"),
        ([variant(InitialInstanceCount=None)], {}, "InitialInstanceCount must be specified"),
        (
            [variant()],
            {"DataCaptureConfig": {**CAPTURE, "CaptureOptions": [{"CaptureMode": "Input"}] * 2}},
            "CaptureOptions must not repeat",
        ),
        ([variant(InstanceType=None)], {}, "Exactly one of InstanceType and InstancePools"),
        (
            [variant(InstancePools=[{"InstanceType": "ml.g6.xlarge", "Priority": 1}])],
            {},
            "Exactly one of InstanceType and InstancePools",
        ),
        (
            [variant(InstanceType=None, InstancePools=[{"InstanceType": "ml.g6.xlarge", "Priority": 1}] * 2)],
            {},
            "InstancePools must not repeat an InstanceType",
        ),
        (
            [
                variant(
                    InstanceType=None,
                    InstancePools=[
                        {"InstanceType": "ml.g5.xlarge", "Priority": 1},
                        {"InstanceType": "ml.g6.xlarge", "Priority": 1},
                    ],
                )
            ],
            {},
            "InstancePools must not repeat a Priority",
        ),
        ([variant(InstanceType="ml.p5e.48xlarge")], {}, "ml.p5e.48xlarge is not supported in region us-east-1"),
        ([variant(VolumeSizeInGB=100)], {}, "VolumeSize parameter is not allowed for the selected Instance type"),
        ([variant()], {"KmsKeyId": KEY}, "KmsKeyId is not supported for instance types with local storage"),
        (
            [variant(InstanceType="ml.m5.large", InferenceAmiVersion="al2-ami-sagemaker-inference-gpu-2")],
            {},
            "is not supported for instance type ml.m5.large",
        ),
        (
            [variant(InferenceAmiVersion="al2-ami-sagemaker-inference-neuron-2")],
            {},
            "is not supported for instance type ml.g5.xlarge",
        ),
        (
            [variant(ManagedInstanceScaling={"Status": "ENABLED"})],
            {},
            "ManagedInstanceScaling is only supported for inference component endpoints.",
        ),
        ([variant(None)], {}, "ExecutionRoleArn must be specified"),
        (
            [variant()],
            {"ExecutionRoleArn": ROLE},
            "ExecutionRoleArn is not supported when a variant specifies ModelName",
        ),
        (
            [variant(), variant(None, VariantName="second")],
            {"ExecutionRoleArn": ROLE},
            "ModelName must be specified for all variants or for none",
        ),
        (
            [variant(RoutingConfig={"RoutingStrategy": "PREFIX_AWARE"})],
            {},
            "PrefixAwareRoutingConfig must be specified if and only if",
        ),
        ([variant()], {"MetricsConfig": {"MetricPublishFrequencyInSeconds": 45}}, "Valid values are: [10, 30, 60"),
        (
            [variant()],
            {"ExplainerConfig": {"ClarifyExplainerConfig": {"ShapConfig": {"ShapBaselineConfig": {}}}}},
            "ExplainerConfig is not supported by embedded SageMaker",
        ),
        (
            [variant()],
            {
                "CrossRegionTrafficConfig": {
                    "MaxInvocationsPerSecondPerInstance": 5,
                    "MaxCrossRegionPercentPerEndpoint": 10,
                }
            },
            "CrossRegionTrafficConfig is not supported by embedded",
        ),
        (
            [variant()],
            {
                "AsyncInferenceConfig": ASYNC,
                "CrossRegionTrafficConfig": {
                    "MaxInvocationsPerSecondPerInstance": 5,
                    "MaxCrossRegionPercentPerEndpoint": 10,
                },
            },
            "not supported for asynchronous",
        ),
        # serverless
        ([variant(ServerlessConfig=SERVERLESS), variant(VariantName="b")], {}, "Multiple production variants"),
        ([variant(ServerlessConfig=SERVERLESS, InstanceType="ml.m5.large")], {}, "InstanceType is not supported"),
        (
            [variant(ServerlessConfig={"MemorySizeInMB": 1500, "MaxConcurrency": 5})],
            {},
            "MemorySizeInMB 1500 is not valid. Valid values are: [1024, 2048",
        ),
        (
            [variant(ServerlessConfig={**SERVERLESS, "ProvisionedConcurrency": 6})],
            {},
            "ProvisionedConcurrency 6 must be less than or equal to MaxConcurrency 5",
        ),
        ([variant("in-vpc", ServerlessConfig=SERVERLESS)], {}, "VPC configuration is not supported for serverless"),
        (
            [variant("isolated", ServerlessConfig=SERVERLESS)],
            {},
            "network isolation is not supported for serverless endpoint",
        ),
        ([variant(ServerlessConfig=SERVERLESS)], {"DataCaptureConfig": CAPTURE}, "DataCaptureConfig is not supported"),
        ([variant(ServerlessConfig=SERVERLESS)], {"AsyncInferenceConfig": ASYNC}, "AsyncInferenceConfig is not"),
        ([variant(ServerlessConfig=SERVERLESS)], {"KmsKeyId": KEY}, "KmsKeyId is not supported for serverless"),
        ([variant(None, ServerlessConfig=SERVERLESS)], {"ExecutionRoleArn": ROLE}, "ModelName must be specified"),
        ([variant("many", ServerlessConfig=SERVERLESS)], {}, "Multi-model endpoints are not supported for serverless"),
        ([variant("pipeline", ServerlessConfig=SERVERLESS)], {}, "Inference pipelines are not supported"),
        ([variant("uncompressed", ServerlessConfig=SERVERLESS)], {}, "ModelDataSource is not supported for serverless"),
        ([variant("private", ServerlessConfig=SERVERLESS)], {}, "Private Docker registries are not supported"),
        # asynchronous
        (
            [variant("many", InstanceType="ml.m5.large")],
            {"AsyncInferenceConfig": ASYNC},
            "Multi-model endpoints are not",
        ),
        ([variant("direct")], {"AsyncInferenceConfig": ASYNC}, "Mode Direct is not supported"),
        ([variant()], {"AsyncInferenceConfig": {"OutputConfig": {}}}, "S3OutputPath must be specified"),
        (
            [variant(None)],
            {"ExecutionRoleArn": ROLE, "AsyncInferenceConfig": ASYNC},
            "Inference components are not supported when specifying an AsyncInferenceConfig",
        ),
        (
            [variant()],
            {
                "AsyncInferenceConfig": {
                    "OutputConfig": {
                        "S3OutputPath": "s3://b/out",
                        "NotificationConfig": {"ErrorTopic": "arn:aws:sns:eu-west-1:000000000000:errors"},
                    }
                }
            },
            "ErrorTopic arn:aws:sns:eu-west-1:000000000000:errors must be in region us-east-1",
        ),
        # multi-model on a GPU
        ([variant("many-triton", InstanceType="ml.g5.12xlarge")], {}, "is not supported for multi-model endpoints"),
        ([variant("many")], {}, "only supported with the sagemaker-tritonserver container"),
        # shadow
        (
            [variant()],
            {"ShadowProductionVariants": [variant(VariantName="s1"), variant(VariantName="s2")]},
            "Exactly one production variant and one shadow production variant",
        ),
        (
            [variant()],
            {"ShadowProductionVariants": [variant(VariantName="s")], "AsyncInferenceConfig": ASYNC},
            "ShadowProductionVariants is not supported for asynchronous",
        ),
        (
            [variant("pipeline")],
            {"ShadowProductionVariants": [variant(VariantName="s")]},
            "only supported for models with a single container",
        ),
        (
            [variant(InstanceType="ml.inf1.xlarge")],
            {"ShadowProductionVariants": [variant(VariantName="s")]},
            "not supported for Inf1 instances",
        ),
    ],
)
def test_a_bad_configuration_is_refused(variants: list[dict[str, Any]], members: dict[str, Any], words: str) -> None:
    with pytest.raises(AwsError) as error:
        check(*variants, **members)
    assert error.value.code == "ValidationException"
    assert words in error.value.message


def test_what_a_region_does_not_offer_is_refused_there() -> None:
    paris = Scope("000000000000", "eu-west-3")
    with pytest.raises(AwsError, match=r"ml\.g5\.xlarge is not supported in region eu-west-3"):
        check(variant(), scope=paris)
    zurich = Scope("000000000000", "eu-central-2")
    with pytest.raises(AwsError, match="Serverless Inference is not supported in region eu-central-2"):
        check(variant(ServerlessConfig=SERVERLESS), scope=zurich)


def test_every_rule_names_its_source() -> None:
    for rule in endpoint_config_rules.RULES:
        assert rule.__doc__ is not None
        named = any(
            word in rule.__doc__ for word in ("API_", ".html", "price list", "InvokeEndpointAsync", "terraform")
        )
        assert named, f"{rule.__module__}.{rule.__name__} names no source"
