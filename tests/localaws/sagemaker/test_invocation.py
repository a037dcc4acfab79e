"""InvokeEndpoint and InvokeEndpointWithResponseStream as boto3 sees them."""

import base64
import contextlib
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError


def test_headers_reach_the_container_and_come_back(workbench: Any) -> None:
    endpoint = workbench.served()
    response = workbench.invoke(
        endpoint, {}, Accept="application/json", CustomAttributes="trace=7", InferenceId="request-1"
    )
    assert response["InvokedProductionVariant"] == "main"
    assert response["CustomAttributes"] == "trace=7"
    assert response["ContentType"] == "application/json"
    headers = json.loads(response["Body"].read())["headers"]
    assert headers["Accept"] == "application/json"
    assert headers["X-Amzn-SageMaker-Inference-Id"] == "request-1"
    assert "Authorization" not in headers


def test_an_error_of_the_container_is_a_model_error_with_its_words(workbench: Any) -> None:
    endpoint = workbench.served()
    with pytest.raises(ClientError) as error:
        workbench.invoke(endpoint, {"status": 400, "text": "unable to evaluate payload"})
    response = error.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == 400
    assert response["OriginalMessage"] == "unable to evaluate payload"
    assert response["LogStreamArn"].startswith(
        f"arn:aws:logs:us-east-1:000000000000:log-group:/aws/sagemaker/Endpoints/{endpoint}:log-stream:main/i-"
    )
    assert response["Error"]["Message"].startswith(
        'Received client error (400) from primary with message "unable to evaluate payload". See https://us-east-1.'
    )


def test_a_container_that_dies_is_replaced(workbench: Any, wait_until: Any) -> None:
    endpoint = workbench.served()
    with pytest.raises(ClientError, match="Amazon SageMaker could not get a response from the"):
        workbench.invoke(endpoint, {"exit": True})

    def answers() -> bool:
        try:
            return bool(workbench.answer(endpoint, {}))
        except ClientError:
            return False

    assert wait_until(answers, bool)


def test_a_payload_above_25_megabytes_is_refused(workbench: Any) -> None:
    endpoint = workbench.served()
    most = 25 * 1024 * 1024
    answered = workbench.runtime.invoke_endpoint(EndpointName=endpoint, Body=b"x" * most, ContentType="text/plain")
    assert len(json.loads(answered["Body"].read())["body"]) == most
    with pytest.raises(ClientError) as error:
        workbench.runtime.invoke_endpoint(EndpointName=endpoint, Body=b"x" * (most + 1), ContentType="text/plain")
    assert error.value.response["Error"]["Code"] == "ValidationError"
    assert f"Member must have length less than or equal to {most}" in error.value.response["Error"]["Message"]


def test_chunks_reach_the_caller_as_they_are_made(workbench: Any) -> None:
    endpoint = workbench.served()
    began = time.monotonic()
    response = workbench.runtime.invoke_endpoint_with_response_stream(
        EndpointName=endpoint,
        Body=json.dumps({"stream": ["one ", "two ", "three"], "pause_seconds": 1}),
        ContentType="application/json",
    )
    assert response["ContentType"] == "text/event-stream"
    assert response["InvokedProductionVariant"] == "main"
    arrivals = [(event["PayloadPart"]["Bytes"], time.monotonic() - began) for event in response["Body"]]
    assert [piece for piece, _ in arrivals] == [b"one ", b"two ", b"three"]
    # The container needs two seconds from the first piece to the last; what is buffered would arrive at once.
    assert arrivals[-1][1] - arrivals[0][1] > 1


def test_a_stream_that_breaks_ends_in_a_model_stream_error(workbench: Any) -> None:
    endpoint = workbench.served()
    response = workbench.runtime.invoke_endpoint_with_response_stream(
        EndpointName=endpoint,
        Body=json.dumps({"stream": ["one"], "break_off": True}),
        ContentType="application/json",
    )
    pieces = []
    with contextlib.closing(response["Body"]), pytest.raises(EventStreamError) as error:
        for event in response["Body"]:
            pieces.append(event["PayloadPart"]["Bytes"])
    assert pieces == [b"one"]
    assert error.value.response["Error"]["Code"] == "ModelStreamError"


def test_an_error_before_the_stream_is_a_model_error(workbench: Any) -> None:
    endpoint = workbench.served()
    with pytest.raises(ClientError, match="Received server error \\(500\\) from primary"):
        workbench.runtime.invoke_endpoint_with_response_stream(
            EndpointName=endpoint, Body=json.dumps({"status": 500}), ContentType="application/json"
        )


def test_traffic_follows_the_weights_and_the_target_variant(workbench: Any) -> None:
    model = workbench.model()
    config = workbench.config(
        "config",
        [
            workbench.variant(model, "small", InitialVariantWeight=0.0),
            workbench.variant(model, "large", InitialVariantWeight=1.0),
        ],
    )
    endpoint = workbench.endpoint(config)
    assert {workbench.invoke(endpoint, {})["InvokedProductionVariant"] for _ in range(10)} == {"large"}
    assert workbench.invoke(endpoint, {}, TargetVariant="small")["InvokedProductionVariant"] == "small"
    with pytest.raises(ClientError, match="Variant middle of endpoint"):
        workbench.invoke(endpoint, {}, TargetVariant="middle")
    workbench.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=endpoint,
        DesiredWeightsAndCapacities=[
            {"VariantName": "small", "DesiredWeight": 1},
            {"VariantName": "large", "DesiredWeight": 0},
        ],
    )
    workbench.settled(endpoint)
    assert {workbench.invoke(endpoint, {})["InvokedProductionVariant"] for _ in range(10)} == {"small"}


def test_a_target_model_is_refused_where_there_are_none(workbench: Any) -> None:
    endpoint = workbench.served()
    with pytest.raises(ClientError) as error:
        workbench.invoke(endpoint, {}, TargetModel="a.tar.gz")
    assert error.value.response["Error"]["Message"] == (
        f"Endpoint {endpoint} is not a multi-model endpoint and does not support target model header."
    )


def test_an_inference_component_is_named_where_there_are_some_and_only_there(workbench: Any) -> None:
    endpoint = workbench.served()
    with pytest.raises(ClientError, match="Inference Component Name header is not allowed for endpoints to which"):
        workbench.invoke(endpoint, {}, InferenceComponentName="component")
    components = workbench.endpoint(
        workbench.config(
            "components",
            [{"VariantName": "main", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}],
            ExecutionRoleArn=workbench.role_arn,
        ),
        "components",
    )
    with pytest.raises(ClientError, match="Inference Component Name header is required for endpoints to which"):
        workbench.invoke(components, {})


def test_an_endpoint_nobody_made_is_not_found(workbench: Any) -> None:
    with pytest.raises(ClientError) as error:
        workbench.invoke("nobody", {})
    assert error.value.response["Error"] == {
        "Code": "ValidationError",
        "Message": "Endpoint nobody of account 000000000000 not found.",
    }


def test_a_serial_pipeline_passes_one_answer_to_the_next(workbench: Any) -> None:
    image = "000000000000.dkr.ecr.us-east-1.amazonaws.com/contract:1"
    name = f"{workbench.prefix}-pipeline"
    workbench.sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=workbench.role_arn,
        Containers=[{"Image": image, "Environment": {"STEP": step}} for step in ("first", "second")],
    )
    endpoint = workbench.endpoint(workbench.config("config", [workbench.variant(name)]))
    outer = workbench.answer(endpoint, {"question": 1})
    inner = json.loads(outer["body"])
    assert (outer["environment"]["STEP"], inner["environment"]["STEP"]) == ("second", "first")
    assert json.loads(inner["body"]) == {"question": 1}


def test_a_direct_endpoint_answers_from_the_container_that_is_named(workbench: Any) -> None:
    image = "000000000000.dkr.ecr.us-east-1.amazonaws.com/contract:1"
    name = f"{workbench.prefix}-direct"
    workbench.sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=workbench.role_arn,
        InferenceExecutionConfig={"Mode": "Direct"},
        Containers=[
            {"Image": image, "ContainerHostname": step, "Environment": {"STEP": step}} for step in ("one", "two")
        ],
    )
    endpoint = workbench.endpoint(workbench.config("config", [workbench.variant(name)]))
    seen = workbench.answer(endpoint, {}, TargetContainerHostname="two")
    assert seen["environment"]["STEP"] == "two"
    with pytest.raises(ClientError, match="requires a target container hostname"):
        workbench.invoke(endpoint, {})


def test_a_shadow_variant_gets_copies_and_answers_nobody(workbench: Any, wait_until: Any) -> None:
    model = workbench.model()
    shadow_model = workbench.model("shadow")
    config = workbench.config(
        "config",
        [workbench.variant(model)],
        ShadowProductionVariants=[workbench.variant(shadow_model, "shadow")],
    )
    endpoint = workbench.endpoint(config)
    (shadow,) = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["ShadowProductionVariants"]
    assert shadow["VariantName"] == "shadow"
    assert workbench.invoke(endpoint, {"question": 1})["InvokedProductionVariant"] == "main"
    logs = workbench.aws.client("logs")
    group = f"/aws/sagemaker/Endpoints/{endpoint}"

    def shadow_lines() -> list[str]:
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return []
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="shadow/")["logStreams"]
        return [
            event["message"]
            for stream in streams
            for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
        ]

    wait_until(shadow_lines, lambda lines: "a request of 15 bytes" in lines)


def test_requests_are_counted_in_cloudwatch(workbench: Any, wait_until: Any) -> None:
    endpoint = workbench.served()
    for _ in range(3):
        workbench.invoke(endpoint, {})
    with pytest.raises(ClientError):
        workbench.invoke(endpoint, {"status": 503})
    cloudwatch = workbench.aws.client("cloudwatch")

    def statistic(name: str, which: str) -> float:
        now = time.time()
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=name,
            Dimensions=[{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": "main"}],
            StartTime=now - 300,
            EndTime=now + 60,
            Period=3600,
            Statistics=[which],
        )["Datapoints"]
        return sum(point[which] for point in points)

    wait_until(lambda: statistic("Invocations", "Sum"), lambda total: total == 4)
    assert statistic("Invocation5XXErrors", "Sum") == 1
    assert statistic("Invocation4XXErrors", "Sum") == 0
    assert statistic("Invocation4XXErrors", "SampleCount") == 4
    assert 0 < statistic("ModelLatency", "Maximum") < 60_000_000
    assert statistic("OverheadLatency", "SampleCount") == 4


def captured(workbench: Any, prefix: str) -> list[tuple[str, dict[str, Any]]]:
    listed = workbench.s3.list_objects_v2(Bucket=workbench.bucket, Prefix=prefix).get("Contents", ())
    return [
        (item["Key"], json.loads(line))
        for item in listed
        for line in workbench.s3.get_object(Bucket=workbench.bucket, Key=item["Key"])["Body"].read().splitlines()
    ]


def test_exchanges_are_captured_in_aws_layout(workbench: Any, wait_until: Any) -> None:
    config = workbench.config(
        "config",
        [workbench.variant(workbench.model())],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{workbench.bucket}/capture",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
        },
    )
    endpoint = workbench.endpoint(config)
    summary = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["DataCaptureConfig"]
    assert (summary["CaptureStatus"], summary["CurrentSamplingPercentage"]) == ("Started", 100)
    workbench.invoke(endpoint, {"question": 1}, InferenceId="caller-1", CustomAttributes="trace=7")
    workbench.runtime.invoke_endpoint(EndpointName=endpoint, Body=b"\xff\x00", ContentType="application/x-binary")
    found = wait_until(lambda: captured(workbench, f"capture/{endpoint}/main/"), lambda records: len(records) == 2)
    key, first = found[0]
    hour = first["eventMetadata"]["inferenceTime"][:13].replace("-", "/").replace("T", "/")
    assert key.startswith(f"capture/{endpoint}/main/{hour}/")
    assert key.endswith(".jsonl")
    assert first["eventVersion"] == "0"
    assert first["captureData"]["endpointInput"] == {
        "observedContentType": "application/json",
        "mode": "INPUT",
        "data": '{"question": 1}',
        "encoding": "JSON",
    }
    assert first["captureData"]["endpointOutput"]["encoding"] == "JSON"
    assert first["eventMetadata"]["inferenceId"] == "caller-1"
    assert first["eventMetadata"]["customAttributes"] == ["trace=7"]
    binary = found[1][1]["captureData"]["endpointInput"]
    assert (binary["encoding"], base64.b64decode(binary["data"])) == ("BASE64", b"\xff\x00")
