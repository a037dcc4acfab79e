"""InvokeEndpointAsync: S3 in, S3 out, SNS, zero instances, all with the execution role."""

import base64
import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError


class Topic:
    """An SNS topic whose messages can be read."""

    def __init__(self, workbench: Any, name: str) -> None:
        self._sqs = workbench.aws.client("sqs")
        sns = workbench.aws.client("sns")
        self.arn = sns.create_topic(Name=f"{workbench.prefix}-{name}")["TopicArn"]
        self._url = self._sqs.create_queue(QueueName=f"{workbench.prefix}-{name}")["QueueUrl"]
        queue = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue["QueueArn"],
                }
            ],
        }
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": json.dumps(policy)})
        sns.subscribe(
            TopicArn=self.arn, Protocol="sqs", Endpoint=queue["QueueArn"], Attributes={"RawMessageDelivery": "true"}
        )

    def next(self, wait_until: Any) -> dict[str, Any]:
        """The next message."""
        (message,) = wait_until(
            lambda: self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=1).get("Messages", ()), bool
        )
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        body: dict[str, Any] = json.loads(message["Body"])
        return body


def async_endpoint(workbench: Any, *, notification: dict[str, Any] | None = None, **client: int) -> str:
    output = {
        "S3OutputPath": f"s3://{workbench.bucket}/output",
        "S3FailurePath": f"s3://{workbench.bucket}/failure",
        **({"NotificationConfig": notification} if notification else {}),
    }
    config = workbench.config(
        "config",
        [workbench.variant(workbench.model())],
        AsyncInferenceConfig={"OutputConfig": output, **({"ClientConfig": client} if client else {})},
    )
    name: str = workbench.endpoint(config)
    return name


def content(workbench: Any, location: str) -> bytes | None:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    try:
        body: bytes = workbench.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError:
        return None
    return body


def scale(workbench: Any, endpoint: str, count: int) -> dict[str, Any]:
    workbench.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=endpoint, DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredInstanceCount": count}]
    )
    described: dict[str, Any] = workbench.settled(endpoint)
    return described


def test_the_answer_lands_in_s3_and_is_announced(workbench: Any, wait_until: Any) -> None:
    topic = Topic(workbench, "done")
    endpoint = async_endpoint(
        workbench,
        notification={"SuccessTopic": topic.arn, "IncludeInferenceResponseIn": ["SUCCESS_NOTIFICATION_TOPIC"]},
    )
    assert topic.next(wait_until) == {
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "TestNotification",
    }
    location = workbench.put("input/question.json", b'{"question": 1}')
    response = workbench.runtime.invoke_endpoint_async(
        EndpointName=endpoint, InputLocation=location, ContentType="application/json", InferenceId="request-1"
    )
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert response["InferenceId"] == "request-1"
    assert response["OutputLocation"] == f"s3://{workbench.bucket}/output/request-1.out"
    assert response["FailureLocation"] == f"s3://{workbench.bucket}/failure/request-1-error.out"
    answer = wait_until(lambda: content(workbench, response["OutputLocation"]), bool)
    assert json.loads(json.loads(answer)["body"]) == {"question": 1}
    message = topic.next(wait_until)
    assert message["invocationStatus"] == "Completed"
    assert message["inferenceId"] == "request-1"
    assert message["requestParameters"] == {
        "accept": "*/*",
        "contentType": "application/json",
        "endpointName": endpoint,
        "inputLocation": location,
    }
    assert message["responseParameters"] == {
        "contentType": "application/json",
        "outputLocation": response["OutputLocation"],
    }
    assert base64.b64decode(message["responseBody"]["content"]) == answer
    assert (message["eventName"], message["eventSource"]) == ("InferenceResult", "aws:sagemaker")


def test_an_inline_body_is_answered_too(workbench: Any, wait_until: Any) -> None:
    endpoint = async_endpoint(workbench)
    response = workbench.runtime.invoke_endpoint_async(
        EndpointName=endpoint,
        Body=b'{"inline": true}',
        ContentType="application/json",
        S3OutputPathExtension="today",
        Filename="answer",
    )
    assert uuid.UUID(response["InferenceId"])
    assert response["OutputLocation"] == f"s3://{workbench.bucket}/output/today/answer.out"
    answer = wait_until(lambda: content(workbench, response["OutputLocation"]), bool)
    assert json.loads(json.loads(answer)["body"]) == {"inline": True}


def test_a_request_says_where_its_input_is_once(workbench: Any) -> None:
    endpoint = async_endpoint(workbench)
    with pytest.raises(ClientError, match="Exactly one of InputLocation and Body"):
        workbench.runtime.invoke_endpoint_async(EndpointName=endpoint)
    with pytest.raises(ClientError, match="less than or equal to 128000"):
        workbench.runtime.invoke_endpoint_async(EndpointName=endpoint, Body=b"x" * 128_001)


def test_a_failure_is_written_and_announced(workbench: Any, wait_until: Any) -> None:
    topic = Topic(workbench, "failed")
    endpoint = async_endpoint(workbench, notification={"ErrorTopic": topic.arn})
    topic.next(wait_until)
    location = workbench.put("input.json", b'{"status": 400, "text": "too long"}')
    response = workbench.runtime.invoke_endpoint_async(
        EndpointName=endpoint, InputLocation=location, ContentType="application/json"
    )
    reason = 'Received client error (400) from primary with message "too long".'
    assert wait_until(lambda: content(workbench, response["FailureLocation"]), bool).decode() == reason
    message = topic.next(wait_until)
    assert (message["invocationStatus"], message["failureReason"]) == ("Failed", reason)
    assert "responseParameters" not in message
    assert content(workbench, response["OutputLocation"]) is None


def test_input_that_the_role_may_not_read_fails_the_request(workbench: Any, wait_until: Any) -> None:
    endpoint = async_endpoint(workbench)
    location = workbench.put("input.json", b"{}")
    workbench.allow(workbench.may("s3:PutObject", "logs:*"))
    response = workbench.runtime.invoke_endpoint_async(EndpointName=endpoint, InputLocation=location)
    failure = wait_until(lambda: content(workbench, response["FailureLocation"]), bool).decode()
    assert failure.startswith(f"Failed to download the input from {location}")
    assert "AccessDenied" in failure


def test_a_topic_that_the_role_may_not_publish_to_fails_the_deployment(workbench: Any) -> None:
    topic = Topic(workbench, "done")
    workbench.allow(workbench.may("ecr:*", "s3:*", "logs:*"))
    config = workbench.config(
        "config",
        [workbench.variant(workbench.model())],
        AsyncInferenceConfig={
            "OutputConfig": {
                "S3OutputPath": f"s3://{workbench.bucket}/output",
                "NotificationConfig": {"SuccessTopic": topic.arn},
            }
        },
    )
    endpoint = workbench.endpoint(config, expect="Failed")
    reason = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["FailureReason"]
    assert reason.startswith(f"Failed to publish a test notification to SuccessTopic {topic.arn}.")


def test_an_asynchronous_endpoint_is_not_invoked_synchronously(workbench: Any) -> None:
    endpoint = async_endpoint(workbench)
    with pytest.raises(ClientError) as error:
        workbench.invoke(endpoint, {})
    assert error.value.response["Error"]["Code"] == "ValidationError"
    assert "is an asynchronous endpoint" in error.value.response["Error"]["Message"]


def test_requests_wait_while_there_is_no_instance(workbench: Any, wait_until: Any) -> None:
    endpoint = async_endpoint(workbench)
    (variant,) = scale(workbench, endpoint, 0)["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (0, 0)
    response = workbench.runtime.invoke_endpoint_async(
        EndpointName=endpoint, Body=b"{}", ContentType="application/json"
    )
    cloudwatch = workbench.aws.client("cloudwatch")

    def backlog_without_capacity() -> float:
        now = time.time()
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName="HasBacklogWithoutCapacity",
            Dimensions=[{"Name": "EndpointName", "Value": endpoint}],
            StartTime=now - 300,
            EndTime=now + 60,
            Period=3600,
            Statistics=["Maximum"],
        )["Datapoints"]
        return max((point["Maximum"] for point in points), default=0)

    wait_until(backlog_without_capacity, lambda value: value == 1)
    assert content(workbench, response["OutputLocation"]) is None
    scale(workbench, endpoint, 1)
    assert wait_until(lambda: content(workbench, response["OutputLocation"]), bool)


def test_no_more_requests_run_at_once_than_the_instances_take(workbench: Any, wait_until: Any) -> None:
    endpoint = async_endpoint(workbench, MaxConcurrentInvocationsPerInstance=1)
    began = time.monotonic()
    responses = [
        workbench.runtime.invoke_endpoint_async(
            EndpointName=endpoint, Body=b'{"sleep_seconds": 0.7}', ContentType="application/json"
        )
        for _ in range(3)
    ]
    for response in responses:
        wait_until(lambda response=response: content(workbench, response["OutputLocation"]), bool)
    assert time.monotonic() - began > 2.1


def test_a_container_that_died_comes_back_for_what_waits(workbench: Any, wait_until: Any) -> None:
    endpoint = async_endpoint(workbench)
    first, second = (
        workbench.runtime.invoke_endpoint_async(EndpointName=endpoint, Body=body, ContentType="application/json")
        for body in (b'{"exit": true}', b'{"sleep_seconds": 0}')
    )
    assert wait_until(lambda: content(workbench, first["FailureLocation"]), bool).startswith(b"The container does not")
    third = workbench.runtime.invoke_endpoint_async(EndpointName=endpoint, Body=b"{}", ContentType="application/json")
    assert wait_until(lambda: content(workbench, third["OutputLocation"]), bool)
    assert wait_until(
        lambda: content(workbench, second["OutputLocation"]) or content(workbench, second["FailureLocation"]), bool
    )


def test_what_runs_is_answered_before_the_last_instance_goes(workbench: Any, wait_until: Any) -> None:
    endpoint = async_endpoint(workbench)
    response = workbench.runtime.invoke_endpoint_async(
        EndpointName=endpoint, Body=b'{"sleep_seconds": 2}', ContentType="application/json"
    )
    folder = workbench.aws.state_dir / "sagemaker" / "containers"
    wait_until(
        lambda: [
            log for log in folder.glob(f"{endpoint}-*/container_1/container.log") if "a request" in log.read_text()
        ],
        bool,
    )
    scale(workbench, endpoint, 0)
    assert wait_until(lambda: content(workbench, response["OutputLocation"]), bool)
    assert content(workbench, response["FailureLocation"]) is None
