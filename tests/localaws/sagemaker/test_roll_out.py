"""Guarded updates end to end: an alarm turns an update back, a fast clock lets bake times and expiry pass."""

import concurrent.futures
import json
import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.sagemaker import service_model
from localaws.sagemaker.request_validation import require_valid
from localaws.sagemaker.service_model import ServiceModel


def canary(*, wait_seconds: int, alarms: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "WaitIntervalInSeconds": wait_seconds,
                "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            }
        },
        **({"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}} if alarms else {}),
    }


def test_an_alarm_during_the_canary_rolls_the_endpoint_back(workbench: Any, wait_until: Any) -> None:
    alarm = f"{workbench.prefix}-errors"
    cloudwatch = workbench.aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=alarm,
        Namespace="Test",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    model = workbench.model(Environment={"VERSION": "1"})
    old = workbench.config("old", [workbench.variant(model, InitialInstanceCount=2)])
    endpoint = workbench.endpoint(old)
    changed = workbench.model("changed", Environment={"VERSION": "2"})
    new = workbench.config("new", [workbench.variant(changed, InitialInstanceCount=2)])
    workbench.sagemaker.update_endpoint(
        EndpointName=endpoint,
        EndpointConfigName=new,
        DeploymentConfig=canary(wait_seconds=3600, alarms=(alarm,)),
    )
    versions: set[str] = set()

    def ask() -> set[str]:
        versions.add(workbench.answer(endpoint, {})["environment"]["VERSION"])
        return versions

    wait_until(ask, lambda seen: seen == {"1", "2"})
    described = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("Updating", old)
    pending = described["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == new
    assert pending["ProductionVariants"][0]["VariantStatus"][0]["Status"] == "ActivatingTraffic"
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="test")
    described = workbench.settled(endpoint)
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", old)
    assert described["FailureReason"] == f"One or more configured alarm(s) tripped: {alarm}"
    assert {workbench.answer(endpoint, {})["environment"]["VERSION"] for _ in range(6)} == {"1"}


def test_an_autoscaled_variant_changes_its_instance_type_only_after_it_is_deregistered(workbench: Any) -> None:
    endpoint = workbench.served()
    target = {
        "ServiceNamespace": "sagemaker",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "ResourceId": f"endpoint/{endpoint}/variant/main",
    }
    scaling = workbench.aws.client("application-autoscaling")
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    new = workbench.config("new", [workbench.variant(f"{workbench.prefix}-model", InstanceType="ml.c5.large")])
    update = {"EndpointName": endpoint, "EndpointConfigName": new}
    with pytest.raises(ClientError, match="Variant main changes its instance type, but it is registered"):
        workbench.sagemaker.update_endpoint(**update)
    scaling.deregister_scalable_target(**target)
    workbench.sagemaker.update_endpoint(**update)
    assert workbench.settled(endpoint)["EndpointConfigName"] == new


def test_no_request_is_lost_while_an_endpoint_is_updated(workbench: Any) -> None:
    endpoint = workbench.served()
    new = workbench.config("new", [workbench.variant(workbench.model("new"))])
    over = threading.Event()

    def keep_asking() -> int:
        answered = 0
        while not over.is_set():
            workbench.invoke(endpoint, {"sleep_seconds": 0.05})
            answered += 1
        return answered

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        askers = [pool.submit(keep_asking) for _ in range(3)]
        try:
            workbench.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=new)
            workbench.settled(endpoint)
        finally:
            over.set()
        assert all(asker.result() > 0 for asker in askers)


def test_hours_of_baking_pass_in_seconds_when_the_clock_says_so(start_embedded_aws: Any, make_workbench: Any) -> None:
    bench = make_workbench(start_embedded_aws("--clock-factor", "3600"))
    model = bench.model()
    endpoint = bench.endpoint(bench.config("old", [bench.variant(model, InitialInstanceCount=2)]))
    new = bench.config("new", [bench.variant(model, InitialInstanceCount=2)])
    began = time.monotonic()
    bench.sagemaker.update_endpoint(
        EndpointName=endpoint, EndpointConfigName=new, DeploymentConfig=canary(wait_seconds=3600)
    )
    assert bench.settled(endpoint)["EndpointConfigName"] == new
    assert 1 <= time.monotonic() - began < 20


def test_a_request_that_waited_too_long_expires(start_embedded_aws: Any, make_workbench: Any, wait_until: Any) -> None:
    bench = make_workbench(start_embedded_aws("--clock-factor", "600"))
    config = bench.config(
        "config",
        [bench.variant(bench.model())],
        AsyncInferenceConfig={
            "OutputConfig": {
                "S3OutputPath": f"s3://{bench.bucket}/output",
                "S3FailurePath": f"s3://{bench.bucket}/failure",
            }
        },
    )
    endpoint = bench.endpoint(config)
    bench.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=endpoint, DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredInstanceCount": 0}]
    )
    bench.settled(endpoint)
    bench.runtime.invoke_endpoint_async(
        EndpointName=endpoint, Body=b"{}", ContentType="application/json", RequestTTLSeconds=60, Filename="late"
    )
    failures = wait_until(
        lambda: bench.s3.list_objects_v2(Bucket=bench.bucket, Prefix="failure/").get("Contents", ()), bool
    )
    assert [item["Key"] for item in failures] == ["failure/late-error.out"]
    body = bench.s3.get_object(Bucket=bench.bucket, Key="failure/late-error.out")["Body"].read()
    assert body == b"The request expired before it could be processed."


def test_every_description_has_the_shape_the_service_model_gives_it(workbench: Any) -> None:
    model_name = workbench.model(Tags=[{"Key": "llm:team", "Value": "support"}])
    config = workbench.config(
        "config",
        [workbench.variant(model_name)],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 0,
            "DestinationS3Uri": f"s3://{workbench.bucket}/capture",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        },
        MetricsConfig={"EnableDetailedObservability": True},
    )
    endpoint = workbench.endpoint(config)
    described = {
        "DescribeModel": workbench.sagemaker.describe_model(ModelName=model_name),
        "DescribeEndpointConfig": workbench.sagemaker.describe_endpoint_config(EndpointConfigName=config),
        "DescribeEndpoint": workbench.sagemaker.describe_endpoint(EndpointName=endpoint),
        "ListModels": workbench.sagemaker.list_models(NameContains=workbench.prefix),
        "ListEndpointConfigs": workbench.sagemaker.list_endpoint_configs(NameContains=workbench.prefix),
        "ListEndpoints": workbench.sagemaker.list_endpoints(NameContains=workbench.prefix),
        "ListTags": workbench.sagemaker.list_tags(
            ResourceArn=f"arn:aws:sagemaker:us-east-1:000000000000:model/{model_name}"
        ),
    }
    model = service_model.load("sagemaker")
    # The answers, held against the output shapes as if those were the inputs.
    outputs = ServiceModel(
        source=model.source,
        operations={name: {"input": operation.get("output")} for name, operation in model.operations.items()},
        shapes=model.shapes,
    )
    for operation, answer in described.items():
        del answer["ResponseMetadata"]
        require_valid(outputs, operation, answer)
    assert [item["EndpointName"] for item in described["ListEndpoints"]["Endpoints"]] == [endpoint]
    assert described["ListTags"]["Tags"] == [{"Key": "llm:team", "Value": "support"}]
    assert json.dumps(described["DescribeEndpoint"]["MetricsConfig"]) == '{"EnableDetailedObservability": true}'


def test_lists_come_in_pages_newest_first(workbench: Any) -> None:
    for number in range(3):
        workbench.model(f"model-{number}")
    request = {"NameContains": workbench.prefix, "MaxResults": 2}
    first = workbench.sagemaker.list_models(**request)
    second = workbench.sagemaker.list_models(**request, NextToken=first["NextToken"])
    names = [item["ModelName"].rsplit("-", 1)[1] for page in (first, second) for item in page["Models"]]
    assert names == ["2", "1", "0"]
    assert "NextToken" not in second
    by_name = workbench.sagemaker.list_models(**request, SortBy="Name", SortOrder="Ascending")
    assert [item["ModelName"][-1] for item in by_name["Models"]] == ["0", "1"]
