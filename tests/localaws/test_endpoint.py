"""An endpoint from its Model to its answer, through the one port and with plain boto3."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

BUCKET = "endpoint-artifacts"


@pytest.fixture(scope="module")
def model_data(embedded_aws: Any) -> dict[str, Any]:
    """The source of a model of two files."""
    s3 = embedded_aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for name in ("config.json", "weights/part-1.bin"):
        s3.put_object(Bucket=BUCKET, Key=f"chat/main/{name}", Body=name.encode())
    source = {"S3Uri": f"s3://{BUCKET}/chat/main/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    return {"S3DataSource": source}


def test_an_endpoint_reads_its_artifacts_with_its_role_and_answers(
    embedded_aws: Any, model_data: dict[str, Any]
) -> None:
    role = embedded_aws.create_execution_role(
        "endpoint-reads",
        {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/chat/*"},
        {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}"},
    )
    embedded_aws.create_endpoint("endpoint-reads", role=role, ModelDataSource=model_data, Environment={"VERSION": "7"})
    embedded_aws.wait_for("endpoint_in_service", endpoint="endpoint-reads")
    runtime = embedded_aws.client("sagemaker-runtime")
    request = {"EndpointName": "endpoint-reads", "ContentType": "application/json"}
    answer = json.load(runtime.invoke_endpoint(**request, Body=b'{"inputs": "hello"}')["Body"])
    assert answer == {"echo": {"inputs": "hello"}, "version": "7", "model": ["config.json", "weights/part-1.bin"]}

    stream = runtime.invoke_endpoint_with_response_stream(**request, Body=b'{"stream": true}')["Body"]
    arrived = [(event["PayloadPart"]["Bytes"], time.monotonic()) for event in stream]
    assert b"".join(piece for piece, _ in arrived) == b"first,second"
    # The container pauses a second between the pieces: held back, they would arrive together.
    assert arrived[-1][1] - arrived[0][1] > 0.5

    embedded_aws.client("sagemaker").delete_endpoint(EndpointName="endpoint-reads")
    embedded_aws.wait_for("endpoint_deleted", endpoint="endpoint-reads")


def test_a_role_that_may_not_read_the_artifacts_serves_no_model(embedded_aws: Any, model_data: dict[str, Any]) -> None:
    role = embedded_aws.create_execution_role(
        "endpoint-blind", {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::another-bucket/*"}
    )
    with pytest.raises(ClientError, match=f"s3://{BUCKET}/chat/main/"):
        embedded_aws.create_endpoint("endpoint-blind", role=role, ModelDataSource=model_data)


def test_a_container_that_ends_fails_the_endpoint_with_a_reason(embedded_aws: Any) -> None:
    role = embedded_aws.create_execution_role("endpoint-fails")
    embedded_aws.create_endpoint("endpoint-fails", role=role, Environment={"FAIL": "exit"})
    with pytest.raises(WaiterError):
        embedded_aws.wait_for("endpoint_in_service", endpoint="endpoint-fails")
    sagemaker = embedded_aws.client("sagemaker")
    described = sagemaker.describe_endpoint(EndpointName="endpoint-fails")
    assert described["EndpointStatus"] == "Failed"
    assert "container" in described["FailureReason"]
    sagemaker.delete_endpoint(EndpointName="endpoint-fails")


def test_a_role_that_loses_its_grant_loses_it_at_once(embedded_aws: Any) -> None:
    """Its session outlives the change; what counts is the policy of the moment."""
    role = embedded_aws.create_execution_role(
        "endpoint-revoked", {"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
    )
    s3 = embedded_aws.client("s3")
    s3.create_bucket(Bucket="endpoint-revoked")
    s3.put_object(Bucket="endpoint-revoked", Key="model/config.json", Body=b"{}")
    source = {"S3Uri": "s3://endpoint-revoked/model/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    data = {"S3DataSource": source}
    embedded_aws.create_endpoint("endpoint-before", role=role, ModelDataSource=data)
    embedded_aws.client("iam").delete_role_policy(RoleName="endpoint-revoked", PolicyName="only")
    with pytest.raises(ClientError, match="s3://endpoint-revoked/model/"):
        embedded_aws.create_endpoint("endpoint-after", role=role, ModelDataSource=data)
