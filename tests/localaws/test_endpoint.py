"""An endpoint from its Model to its answer, through the one port and with plain boto3."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/tiny:1"
BUCKET = "endpoint-artifacts"


@pytest.fixture(scope="module")
def artifacts(embedded_aws: Any) -> str:
    """The prefix that holds a model of two files."""
    s3 = embedded_aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for name in ("config.json", "weights/part-1.bin"):
        s3.put_object(Bucket=BUCKET, Key=f"chat/main/{name}", Body=name.encode())
    return f"s3://{BUCKET}/chat/main/"


@pytest.fixture(scope="module")
def create_role(embedded_aws: Any) -> Callable[..., str]:
    """Create an execution role with exactly the given statements."""

    def create(name: str, *statements: dict[str, Any]) -> str:
        iam = embedded_aws.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="only", PolicyDocument=json.dumps(document))
        return str(role["Role"]["Arn"])

    return create


def container(artifacts: str, **environment: str) -> dict[str, Any]:
    source = {"S3Uri": artifacts, "S3DataType": "S3Prefix", "CompressionType": "None"}
    return {"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}, "Environment": environment}


def create_endpoint(sagemaker: Any, name: str, *, role: str, primary: dict[str, Any]) -> None:
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=primary)
    variant = {"VariantName": "main", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def test_an_endpoint_reads_its_artifacts_with_its_role_and_answers(
    embedded_aws: Any, artifacts: str, create_role: Callable[..., str]
) -> None:
    role = create_role(
        "endpoint-reads",
        {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/chat/*"},
        {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}"},
    )
    sagemaker = embedded_aws.client("sagemaker")
    create_endpoint(sagemaker, "endpoint-reads", role=role, primary=container(artifacts, VERSION="7"))
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName="endpoint-reads", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    runtime = embedded_aws.client("sagemaker-runtime")
    request = {"EndpointName": "endpoint-reads", "ContentType": "application/json"}
    answer = json.load(runtime.invoke_endpoint(**request, Body=b'{"inputs": "hello"}')["Body"])
    assert answer == {"echo": {"inputs": "hello"}, "version": "7", "model": ["config.json", "weights/part-1.bin"]}

    stream = runtime.invoke_endpoint_with_response_stream(**request, Body=b'{"stream": true}')["Body"]
    arrived = [(event["PayloadPart"]["Bytes"], time.monotonic()) for event in stream]
    assert b"".join(piece for piece, _ in arrived) == b"first,second"
    # The container pauses a second between the pieces: held back, they would arrive together.
    assert arrived[-1][1] - arrived[0][1] > 0.5

    sagemaker.delete_endpoint(EndpointName="endpoint-reads")
    sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName="endpoint-reads", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def test_a_role_that_may_not_read_the_artifacts_gets_no_model_in_service(
    embedded_aws: Any, artifacts: str, create_role: Callable[..., str]
) -> None:
    role = create_role("endpoint-blind", {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::another-bucket/*"})
    sagemaker = embedded_aws.client("sagemaker")
    with pytest.raises((ClientError, WaiterError)) as refused:
        create_endpoint(sagemaker, "endpoint-blind", role=role, primary=container(artifacts))
        sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName="endpoint-blind", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
    assert "endpoint-blind" in str(refused.value) or "Could not" in str(refused.value)


def test_a_container_that_ends_fails_the_endpoint_with_a_reason_and_can_be_deleted(
    embedded_aws: Any, create_role: Callable[..., str]
) -> None:
    sagemaker = embedded_aws.client("sagemaker")
    primary = {"Image": IMAGE, "Environment": {"FAIL": "exit"}}
    create_endpoint(sagemaker, "endpoint-fails", role=create_role("endpoint-fails"), primary=primary)
    with pytest.raises(WaiterError):
        sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName="endpoint-fails", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
    described = sagemaker.describe_endpoint(EndpointName="endpoint-fails")
    assert described["EndpointStatus"] == "Failed"
    assert described["FailureReason"]
    sagemaker.delete_endpoint(EndpointName="endpoint-fails")
