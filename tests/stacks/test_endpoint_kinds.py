"""Each kind of entry becomes the resources that its kind needs, and none that AWS refuses for it."""

from __future__ import annotations

from typing import Any

import pytest

VARIANT = [{"Name": "EndpointName", "Value": "guarded-chat"}, {"Name": "VariantName", "Value": "AllTraffic"}]
QUEUE = [{"Name": "EndpointName", "Value": "guarded-summaries"}]


def variant(synthesised: Any, stack: str) -> dict[str, Any]:
    return synthesised.only(stack, "AWS::SageMaker::EndpointConfig")["ProductionVariants"][0]


def container(synthesised: Any, stack: str) -> dict[str, Any]:
    return synthesised.only(stack, "AWS::SageMaker::Model")["PrimaryContainer"]


@pytest.mark.parametrize("stack", ["chat", "chat-neuron", "summaries", "answers", "shelf"])
def test_an_endpoint_keeps_its_name_and_everything_replaceable_has_none(guarded: Any, stack: str) -> None:
    assert guarded.only(stack, "AWS::SageMaker::Endpoint")["EndpointName"] == f"guarded-{stack}"
    assert variant(guarded, stack)["VariantName"] == "AllTraffic"
    assert "ModelName" not in guarded.only(stack, "AWS::SageMaker::Model")
    assert "EndpointConfigName" not in guarded.only(stack, "AWS::SageMaker::EndpointConfig")


def test_a_real_time_entry_serves_an_uncompressed_prefix(guarded: Any) -> None:
    assert container(guarded, "chat")["ModelDataSource"] == {
        "S3DataSource": {
            "S3Uri": "s3://modelyard-guarded-guarded-artifacts-111122223333-us-east-1/chat/tiny-chat/",
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        }
    }


def test_a_gpu_gets_the_host_image_of_its_containers_cuda_and_no_volume_of_its_own(guarded: Any) -> None:
    chat = variant(guarded, "chat")
    assert chat["InstanceType"] == "ml.g5.2xlarge"
    assert chat["InferenceAmiVersion"] == "al2023-ami-sagemaker-inference-gpu-4-1"
    assert "VolumeSizeInGB" not in chat
    assert "KmsKeyId" not in guarded.only("chat", "AWS::SageMaker::EndpointConfig")


def test_a_neuron_instance_gets_its_host_image_its_volume_and_the_key(guarded: Any) -> None:
    neuron = variant(guarded, "chat-neuron")
    assert neuron["InferenceAmiVersion"] == "al2-ami-sagemaker-inference-neuron-2"
    assert neuron["VolumeSizeInGB"] == 64
    key = guarded.only("chat-neuron", "AWS::SageMaker::EndpointConfig")["KmsKeyId"]
    assert key == "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def test_a_multi_model_entry_on_cpu_loads_archives_below_one_prefix(guarded: Any) -> None:
    shelf = container(guarded, "shelf")
    assert shelf["Mode"] == "MultiModel"
    assert shelf["ModelDataUrl"] == "s3://modelyard-guarded-guarded-artifacts-111122223333-us-east-1/shelf/"
    assert shelf["MultiModelConfig"] == {"ModelCacheSetting": "Enabled"}
    assert "ModelDataSource" not in shelf
    # The value would select a GPU driver.
    assert "InferenceAmiVersion" not in variant(guarded, "shelf")


def test_a_serverless_entry_has_an_archive_and_nothing_that_serverless_endpoints_refuse(guarded: Any) -> None:
    answers = container(guarded, "answers")
    assert (
        answers["ModelDataUrl"]
        == "s3://modelyard-guarded-guarded-artifacts-111122223333-us-east-1/answers/tiny-open.tar.gz"
    )
    assert "ModelDataSource" not in answers
    model = guarded.only("answers", "AWS::SageMaker::Model")
    assert not {"VpcConfig", "EnableNetworkIsolation"} & set(model)
    assert set(variant(guarded, "answers")) == {"VariantName", "ModelName", "InitialVariantWeight", "ServerlessConfig"}
    assert variant(guarded, "answers")["ServerlessConfig"] == {"MemorySizeInMB": 3072, "MaxConcurrency": 2}
    config = guarded.only("answers", "AWS::SageMaker::EndpointConfig")
    assert not {"DataCaptureConfig", "KmsKeyId", "AsyncInferenceConfig"} & set(config)
    assert not guarded.all("answers", "AWS::ApplicationAutoScaling::ScalableTarget")


def test_an_asynchronous_entry_writes_answers_and_tells_two_topics(guarded: Any) -> None:
    config = guarded.only("summaries", "AWS::SageMaker::EndpointConfig")["AsyncInferenceConfig"]
    bucket = "s3://modelyard-guarded-guarded-async-111122223333-us-east-1/guarded-summaries"
    assert config["OutputConfig"]["S3OutputPath"] == f"{bucket}/output/"
    assert config["OutputConfig"]["S3FailurePath"] == f"{bucket}/failure/"
    topics = config["OutputConfig"]["NotificationConfig"]
    assert topics == {"SuccessTopic": {"Ref": "SuccessTopic"}, "ErrorTopic": {"Ref": "ErrorTopic"}}
    assert config["ClientConfig"] == {"MaxConcurrentInvocationsPerInstance": 2}


def test_several_instance_types_become_pools_in_order_of_preference(guarded: Any) -> None:
    summaries = variant(guarded, "summaries")
    assert "InstanceType" not in summaries
    assert summaries["InstancePools"] == [
        {"InstanceType": "ml.g5.2xlarge", "Priority": 1},
        {"InstanceType": "ml.g5.4xlarge", "Priority": 2},
    ]


def test_a_variant_starts_with_one_instance_even_where_it_may_go_down_to_none(guarded: Any) -> None:
    assert variant(guarded, "summaries")["InitialInstanceCount"] == 1
    assert variant(guarded, "chat")["InitialInstanceCount"] == 2


def test_the_environments_network_isolates_every_kind_that_can_be_isolated(guarded: Any, local: Any) -> None:
    for stack in ("chat", "chat-neuron", "summaries", "shelf"):
        model = guarded.only(stack, "AWS::SageMaker::Model")
        assert model["VpcConfig"]["SecurityGroupIds"] == ["sg-0a1b2c3d4e5f60003"]
        assert len(model["VpcConfig"]["Subnets"]) == 2
        assert model["EnableNetworkIsolation"] is True
        assert "VpcConfig" not in local.only(stack, "AWS::SageMaker::Model")


def test_without_a_vpc_the_same_kinds_are_isolated_where_the_environment_says_so(
    run_app: Any, catalog_with: Any, local: Any, tmp_path: Any
) -> None:
    isolated = run_app(tmp_path / "out", "local", catalog=catalog_with("environments/local.yaml", isolate=True))
    for stack in ("chat", "chat-neuron", "summaries", "shelf"):
        model = isolated.only(stack, "AWS::SageMaker::Model")
        assert model["EnableNetworkIsolation"] is True
        assert "VpcConfig" not in model
        assert "EnableNetworkIsolation" not in local.only(stack, "AWS::SageMaker::Model")
    assert "EnableNetworkIsolation" not in isolated.only("answers", "AWS::SageMaker::Model")


def test_captured_requests_are_readable_json_and_encrypted(guarded: Any, local: Any) -> None:
    capture = guarded.only("chat", "AWS::SageMaker::EndpointConfig")["DataCaptureConfig"]
    assert capture["DestinationS3Uri"] == "s3://modelyard-guarded-guarded-capture-111122223333-us-east-1/keep-30-days"
    assert capture["CaptureContentTypeHeader"] == {"JsonContentTypes": ["application/json"]}
    assert capture["CaptureOptions"] == [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}]
    assert capture["InitialSamplingPercentage"] == 50
    assert capture["KmsKeyId"].startswith("arn:aws:kms:")
    unguarded = local.only("chat", "AWS::SageMaker::EndpointConfig")["DataCaptureConfig"]
    assert unguarded["KmsKeyId"] == "{{resolve:ssm:/modelyard/local/key-arn}}"
    assert "DataCaptureConfig" not in guarded.only("shelf", "AWS::SageMaker::EndpointConfig")


@pytest.mark.parametrize("stack", ["chat", "summaries", "answers", "shelf"])
def test_paid_observability_is_a_decision_and_never_a_default_of_aws(guarded: Any, stack: str) -> None:
    metrics = guarded.only(stack, "AWS::SageMaker::EndpointConfig")["MetricsConfig"]
    assert metrics == {"EnableDetailedObservability": False}


def test_the_log_group_stands_before_the_endpoint_and_forgets(guarded: Any) -> None:
    log_group = guarded.only("chat", "AWS::Logs::LogGroup")
    assert log_group["LogGroupName"] == "/aws/sagemaker/Endpoints/guarded-chat"
    assert log_group["RetentionInDays"] == 90
    assert log_group["KmsKeyId"].startswith("arn:aws:kms:")
    # Role, Model, EndpointConfig and Endpoint each refer to the one before: the role to the log group.
    assert "LogGroup" in str(guarded.only("chat", "AWS::IAM::Role")["Policies"])


def test_a_caller_is_told_what_it_needs_to_call(guarded: Any) -> None:
    chat = {name: output["Value"] for name, output in guarded["chat"]["Outputs"].items()}
    assert chat == {
        "EndpointName": "guarded-chat",
        "InvokePolicyArn": {"Ref": "InvokePolicy"},
        "LogGroupName": "/aws/sagemaker/Endpoints/guarded-chat",
        "CapturePrefix": "s3://modelyard-guarded-guarded-capture-111122223333-us-east-1/keep-30-days/guarded-chat/AllTraffic/",
    }
    summaries = guarded["summaries"]["Outputs"]
    assert summaries["AsyncInputPrefix"]["Value"].endswith("-us-east-1/guarded-summaries/input/")
    assert summaries["AsyncOutputPrefix"]["Value"].endswith("-us-east-1/guarded-summaries/output/")


@pytest.mark.parametrize("stack", ["chat", "chat-neuron", "summaries", "answers", "shelf"])
def test_what_a_deployed_stack_holds_keeps_its_logical_ids(guarded: Any, stack: str) -> None:
    # CloudFormation takes another id for another resource: it would make the new one first, and the names collide.
    pinned = {
        "LogGroup": "AWS::Logs::LogGroup",
        "ExecutionRole": "AWS::IAM::Role",
        "Model": "AWS::SageMaker::Model",
        "EndpointConfig": "AWS::SageMaker::EndpointConfig",
        "Endpoint": "AWS::SageMaker::Endpoint",
        "AlarmTopic": "AWS::SNS::Topic",
        "InvokePolicy": "AWS::IAM::ManagedPolicy",
    }
    resources = guarded[stack]["Resources"]
    assert {key: resources[key]["Type"] for key in pinned} == pinned
