"""The real CDK CLI against embedded AWS: bootstrap, deploy, update in place, a roll-back, destroy, in this order."""

import json
import re
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

APP = Path(__file__).parent / "cdk_app" / "app.py"
Cdk = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def cdk(embedded_aws: Any, tmp_path_factory: pytest.TempPathFactory) -> Cdk:
    """Run the CDK CLI on the app; its caches and its output go to a folder of their own."""
    folder = tmp_path_factory.mktemp("cdk")
    run: Cdk = partial(embedded_aws.cdk, folder=folder, app=APP)
    bootstrapped = run("bootstrap", "aws://000000000000/us-east-1")
    assert bootstrapped.returncode == 0, bootstrapped.stderr + bootstrapped.stdout
    return run


def deployed(cdk: Cdk, *context: str) -> subprocess.CompletedProcess[str]:
    options = [part for pair in context for part in ("--context", pair)]
    return cdk("deploy", "cdk-chat", "--require-approval", "never", *options)


def echoed_version(embedded_aws: Any) -> str:
    runtime = embedded_aws.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName="cdk-chat", ContentType="application/json", Body=b'{"say": "hello"}')
    body = json.loads(answer["Body"].read())
    assert body["echo"] == {"say": "hello"}
    return str(body["version"])


def config_name(embedded_aws: Any) -> str:
    return str(embedded_aws.client("sagemaker").describe_endpoint(EndpointName="cdk-chat")["EndpointConfigName"])


def test_a_deployed_endpoint_answers_scales_and_carries_its_tags(cdk: Cdk, embedded_aws: Any) -> None:
    done = deployed(cdk, "version=1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert echoed_version(embedded_aws) == "1"
    sagemaker = embedded_aws.client("sagemaker")
    arn = "arn:aws:sagemaker:us-east-1:000000000000:endpoint/cdk-chat"
    tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    assert tags == {"llm:endpoint": "chat", "llm:managed-by": "modelyard"}
    assert re.fullmatch(r"Config-[a-zA-Z0-9]{12}", config_name(embedded_aws))
    scaling = embedded_aws.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (target["ResourceId"], target["MaxCapacity"]) == ("endpoint/cdk-chat/variant/main", 4)
    assert scaling.list_tags_for_resource(ResourceARN=target["ScalableTargetARN"])["Tags"]["llm:endpoint"] == "chat"
    stack = embedded_aws.client("cloudformation").describe_stacks(StackName="cdk-chat")["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs == {"EndpointArn": arn, "EndpointName": "cdk-chat"}
    assert {tag["Key"]: tag["Value"] for tag in stack["Tags"]} == tags


def test_a_changed_environment_variable_updates_the_endpoint_in_place(cdk: Cdk, embedded_aws: Any) -> None:
    sagemaker = embedded_aws.client("sagemaker")
    before = sagemaker.describe_endpoint(EndpointName="cdk-chat")
    done = deployed(cdk, "version=2")
    assert done.returncode == 0, done.stdout + done.stderr
    after = sagemaker.describe_endpoint(EndpointName="cdk-chat")
    assert after["CreationTime"] == before["CreationTime"]
    assert after["EndpointConfigName"] != before["EndpointConfigName"]
    assert echoed_version(embedded_aws) == "2"
    # Model and configuration were replaced: the new ones are there, the old ones gone.
    configs = [one["EndpointConfigName"] for one in sagemaker.list_endpoint_configs()["EndpointConfigs"]]
    assert [name for name in configs if name.startswith("Config-")] == [after["EndpointConfigName"]]


def test_a_container_that_cannot_start_rolls_the_stack_back_with_sagemaker_s_reason(
    cdk: Cdk, embedded_aws: Any
) -> None:
    before = config_name(embedded_aws)
    failed = deployed(cdk, "version=3", "fail=exit")
    assert failed.returncode == 1
    assert "Error occurred during operation 'UPDATE' of endpoint cdk-chat" in failed.stdout + failed.stderr
    stack = embedded_aws.client("cloudformation").describe_stacks(StackName="cdk-chat")["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert config_name(embedded_aws) == before
    assert echoed_version(embedded_aws) == "2"


def test_a_destroyed_stack_leaves_nothing(cdk: Cdk, embedded_aws: Any) -> None:
    done = cdk("destroy", "cdk-chat", "--force", "--context", "version=2")
    assert done.returncode == 0, done.stdout + done.stderr
    sagemaker = embedded_aws.client("sagemaker")
    names = [one["EndpointName"] for one in sagemaker.list_endpoints()["Endpoints"]]
    assert "cdk-chat" not in names
    assert not [one for one in sagemaker.list_models()["Models"] if one["ModelName"].startswith("Model-")]
    scaling = embedded_aws.client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
