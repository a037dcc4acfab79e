"""Serverless endpoints: concurrency, payload and memory have their limits."""

import concurrent.futures
from typing import Any

import pytest
from botocore.exceptions import ClientError


def serverless(workbench: Any, *, concurrency: int = 5, memory_mb: int = 1024) -> str:
    variant = workbench.variant(
        workbench.model(), ServerlessConfig={"MemorySizeInMB": memory_mb, "MaxConcurrency": concurrency}
    )
    endpoint: str = workbench.endpoint(workbench.config("config", [variant]))
    return endpoint


def test_a_serverless_variant_has_no_instances(workbench: Any) -> None:
    endpoint = serverless(workbench)
    (variant,) = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
    assert variant["CurrentServerlessConfig"] == {"MemorySizeInMB": 1024, "MaxConcurrency": 5}
    assert "CurrentInstanceCount" not in variant
    assert workbench.answer(endpoint, {})["body"] == "{}"


def test_more_requests_than_max_concurrency_are_throttled(workbench: Any) -> None:
    endpoint = serverless(workbench, concurrency=1)

    def invoke(_: int) -> str:
        try:
            workbench.invoke(endpoint, {"sleep_seconds": 1})
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 429
            return str(error.response["Error"]["Code"])
        return "answered"

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        outcomes = sorted(pool.map(invoke, range(3)))
    assert outcomes == ["ThrottlingException", "ThrottlingException", "answered"]


def test_a_payload_above_4_megabytes_is_refused(workbench: Any) -> None:
    endpoint = serverless(workbench)
    with pytest.raises(ClientError, match="less than or equal to 4194304"):
        workbench.runtime.invoke_endpoint(EndpointName=endpoint, Body=b"x" * (4 * 1024 * 1024 + 1))


def test_a_container_that_takes_more_than_its_memory_is_ended_and_replaced(workbench: Any, wait_until: Any) -> None:
    endpoint = serverless(workbench)
    with pytest.raises(ClientError) as error:
        workbench.invoke(endpoint, {"allocate_mb": 1100})
    assert error.value.response["Error"]["Code"] == "ModelError"

    def answers() -> bool:
        try:
            return bool(workbench.answer(endpoint, {}))
        except ClientError:
            return False

    assert wait_until(answers, bool)


def test_an_endpoint_with_instances_does_not_become_serverless(workbench: Any) -> None:
    model = workbench.model()
    endpoint = workbench.endpoint(workbench.config("config", [workbench.variant(model)]))
    serverless_config = workbench.config(
        "serverless", [workbench.variant(model, ServerlessConfig={"MemorySizeInMB": 1024, "MaxConcurrency": 1})]
    )
    with pytest.raises(ClientError, match="to a serverless endpoint is not supported"):
        workbench.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=serverless_config)
