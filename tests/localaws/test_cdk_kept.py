"""The real CDK CLI adopts what a stack left behind, then tells of the failures of one deployment only."""

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

APP = Path(__file__).parent / "cdk_app" / "kept.py"
Cdk = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def deploy(embedded_aws: Any, tmp_path_factory: pytest.TempPathFactory) -> Cdk:
    folder = tmp_path_factory.mktemp("cdk-kept")
    bootstrapped = embedded_aws.cdk("bootstrap", "aws://000000000000/us-east-1", folder=folder, app=APP)
    assert bootstrapped.returncode == 0, bootstrapped.stderr + bootstrapped.stdout
    return partial(embedded_aws.cdk, "deploy", "cdk-kept", "--require-approval", "never", folder=folder, app=APP)


def test_a_bucket_that_is_there_is_refused_and_adopted_where_the_command_says_so(
    deploy: Cdk, embedded_aws: Any
) -> None:
    s3 = embedded_aws.client("s3")
    s3.create_bucket(Bucket="cdk-kept")
    s3.put_object(Bucket="cdk-kept", Key="weights", Body=b"1")
    refused = deploy()
    assert refused.returncode != 0
    assert "ROLLBACK_COMPLETE" in refused.stdout + refused.stderr
    adopted = deploy("--import-existing-resources")
    assert adopted.returncode == 0, adopted.stdout + adopted.stderr
    assert s3.get_object(Bucket="cdk-kept", Key="weights")["Body"].read() == b"1"
    resources = embedded_aws.client("cloudformation").describe_stack_resources(StackName="cdk-kept")
    assert "cdk-kept" in [one["PhysicalResourceId"] for one in resources["StackResources"]]


def test_a_failed_deployment_tells_of_its_own_failures(deploy: Cdk, embedded_aws: Any) -> None:
    logs = embedded_aws.client("logs")
    for group in ("/taken/first", "/taken/second"):
        logs.create_log_group(logGroupName=group)
    first = deploy("--context", "group=/taken/first")
    assert first.returncode != 0
    assert "/taken/first" in first.stdout + first.stderr
    second = deploy("--context", "group=/taken/second")
    assert second.returncode != 0
    assert "/taken/second" in second.stdout + second.stderr
    assert "/taken/first" not in second.stdout + second.stderr
