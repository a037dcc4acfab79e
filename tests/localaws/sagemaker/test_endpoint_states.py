"""Endpoints from Creating to gone, with real processes and real IAM."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    details = error.value.response["Error"]
    return details["Code"], details["Message"]


def test_an_endpoint_is_in_service_when_its_container_answers_ping(workbench: Any) -> None:
    data = workbench.put_archive("model.tar.gz", {"weights.txt": "42"})
    endpoint = workbench.served(ModelDataUrl=data, Environment={"GREETING": "hello"})
    described = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)
    (variant,) = described["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (1, 1)
    assert variant["DeployedImages"][0]["SpecifiedImage"].endswith("/contract:1.0")
    seen = workbench.answer(endpoint, {"question": 1})
    assert json.loads(seen["body"]) == {"question": 1}
    assert seen["model"] == {"weights.txt": "42"}
    assert seen["environment"]["GREETING"] == "hello"
    assert "AWS_SECRET_ACCESS_KEY" not in seen["environment"]


def test_an_uncompressed_prefix_keeps_its_folders(workbench: Any) -> None:
    workbench.put("chat/model/config.json", b"{}")
    workbench.put("chat/model/weights/part-1", b"one")
    source = {
        "S3DataSource": {
            "S3Uri": f"s3://{workbench.bucket}/chat/model/",
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        }
    }
    endpoint = workbench.served(ModelDataSource=source)
    assert workbench.answer(endpoint, {})["model"] == {"config.json": "{}", "weights/part-1": "one"}


def test_what_stands_in_for_the_image_is_said_in_header_log_and_state_file(workbench: Any, wait_until: Any) -> None:
    endpoint = workbench.served()
    headers = workbench.invoke(endpoint, {})["ResponseMetadata"]["HTTPHeaders"]
    note = f"a test container, standing in for {workbench.aws.account}.dkr.ecr.us-east-1.amazonaws.com/contract:1.0"
    assert headers["x-modelyard-stand-in"] == note
    assert headers["x-amzn-invoked-production-variant"] == "main"
    folder = Path(workbench.aws.state_dir) / "sagemaker" / "endpoints"
    state = json.loads((folder / f"000000000000-us-east-1-{endpoint}.json").read_text())
    assert state["variants"][0]["containers"][0]["stand_in"] == note
    logs = workbench.aws.client("logs")
    group = f"/aws/sagemaker/Endpoints/{endpoint}"

    def lines() -> list[str]:
        streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        assert all(stream["logStreamName"].startswith("main/i-") for stream in streams)
        return [
            event["message"]
            for stream in streams
            for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
        ]

    found = wait_until(
        lambda: lines() if logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] else [],
        lambda texts: "the container starts" in texts,
    )
    assert f"[sagemaker] {note}" in found


def test_model_data_that_is_not_there_is_refused_when_the_model_is_created(workbench: Any) -> None:
    with pytest.raises(ClientError) as error:
        workbench.model(ModelDataUrl=f"s3://{workbench.bucket}/nothing.tar.gz")
    assert refusal(error) == (
        "ValidationException",
        f"Could not find model data at s3://{workbench.bucket}/nothing.tar.gz.",
    )


def test_model_data_that_the_role_may_not_read_is_refused_when_the_model_is_created(workbench: Any) -> None:
    data = workbench.put_archive("model.tar.gz", {"a": "b"})
    workbench.allow(workbench.may("logs:*"))
    with pytest.raises(ClientError) as error:
        workbench.model(ModelDataUrl=data)
    code, message = refusal(error)
    assert code == "ValidationException"
    assert message.startswith(
        f'Could not access model data at {data}. Please ensure that the role "{workbench.role_arn}"'
    )
    assert 'has "s3:GetObject" permissions' in message


def test_a_role_that_does_not_trust_sagemaker_is_refused(workbench: Any) -> None:
    workbench.aws.client("iam").update_assume_role_policy(
        RoleName=workbench.role_arn.rsplit("/", 1)[-1],
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            }
        ),
    )
    with pytest.raises(ClientError, match="allows principal 'sagemaker.amazonaws.com' to assume the role"):
        workbench.model()


def test_model_data_that_vanished_fails_the_endpoint_with_its_reason(workbench: Any) -> None:
    data = workbench.put_archive("model.tar.gz", {"a": "b"})
    config = workbench.config("config", [workbench.variant(workbench.model(ModelDataUrl=data))])
    workbench.s3.delete_object(Bucket=workbench.bucket, Key="model.tar.gz")
    endpoint = workbench.endpoint(config, expect="Failed")
    reason = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["FailureReason"]
    assert reason.startswith(f'Failed to download model data for container "container_1" from URL: "{data}".')


def test_a_revoked_grant_fails_the_endpoint_even_when_the_data_is_cached(workbench: Any) -> None:
    data = workbench.put_archive("model.tar.gz", {"a": "b"})
    model = workbench.model(ModelDataUrl=data)
    config = workbench.config("config", [workbench.variant(model)])
    workbench.endpoint(config, "first")
    workbench.allow(workbench.may("ecr:*", "logs:*"))
    second = workbench.endpoint(config, "second", expect="Failed")
    reason = workbench.sagemaker.describe_endpoint(EndpointName=second)["FailureReason"]
    assert reason.startswith('Failed to download model data for container "container_1"')
    assert "Denied" in reason or "403" in reason


def test_model_data_that_is_no_archive_fails_the_endpoint(workbench: Any) -> None:
    data = workbench.put("model.tar.gz", b"not a tar")
    endpoint = workbench.endpoint(
        workbench.config("config", [workbench.variant(workbench.model(ModelDataUrl=data))]), expect="Failed"
    )
    reason = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["FailureReason"]
    assert reason.startswith('Failed to extract model data archive for container "container_1".')


def test_a_container_that_ends_fails_the_health_check(workbench: Any) -> None:
    model = workbench.model(Environment={"FAIL": "exit"})
    endpoint = workbench.endpoint(workbench.config("config", [workbench.variant(model)]), expect="Failed")
    described = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)
    assert described["FailureReason"] == (
        "The primary container for production variant main did not pass the ping health check. Please check CloudWatch "
        "logs for this endpoint."
    )
    logs = workbench.aws.client("logs")
    (stream,) = logs.describe_log_streams(logGroupName=f"/aws/sagemaker/Endpoints/{endpoint}")["logStreams"]
    events = logs.get_log_events(
        logGroupName=f"/aws/sagemaker/Endpoints/{endpoint}", logStreamName=stream["logStreamName"]
    )["events"]
    assert "the entry point is broken" in [event["message"] for event in events]
    with pytest.raises(ClientError, match="Cannot update failed endpoint"):
        workbench.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=described["EndpointConfigName"])
    with pytest.raises(ClientError, match=f"Endpoint {endpoint} of account 000000000000 not found"):
        workbench.invoke(endpoint, {})


@pytest.mark.parametrize(
    ("resource", "missing"),
    [("repository/other", "BatchGetImage"), ("repository/contract", "GetAuthorizationToken")],
)
def test_a_role_that_may_not_pull_the_image_fails_the_endpoint(workbench: Any, resource: str, missing: str) -> None:
    workbench.allow(
        workbench.may("logs:*"),
        {"Effect": "Allow", "Action": "ecr:*", "Resource": f"arn:aws:ecr:us-east-1:000000000000:{resource}"},
    )
    endpoint = workbench.endpoint(workbench.config("config", [workbench.variant(workbench.model())]), expect="Failed")
    assert workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["FailureReason"] == (
        f"The role '{workbench.role_arn}' does not have {missing} permission for the image: "
        "'000000000000.dkr.ecr.us-east-1.amazonaws.com/contract:1.0'."
    )


def test_an_image_that_nothing_stands_in_for_fails_the_endpoint(workbench: Any) -> None:
    workbench.sagemaker.create_model(
        ModelName=f"{workbench.prefix}-unknown",
        ExecutionRoleArn=workbench.role_arn,
        PrimaryContainer={"Image": "000000000000.dkr.ecr.us-east-1.amazonaws.com/nobody-knows:1"},
    )
    endpoint = workbench.endpoint(
        workbench.config("config", [workbench.variant(f"{workbench.prefix}-unknown")]), expect="Failed"
    )
    reason = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["FailureReason"]
    assert "nobody-knows:1" in reason
    assert "src/localaws/images.yaml" in reason


def test_the_first_pool_decides_instance_type_and_model(workbench: Any) -> None:
    usual = workbench.model(Environment={"VERSION": "usual"})
    special = workbench.model("special", Environment={"VERSION": "special"})
    pools = [
        {"InstanceType": "ml.c5.large", "Priority": 2},
        {"InstanceType": "ml.m5.large", "Priority": 1, "ModelNameOverride": special},
    ]
    variant = {"VariantName": "main", "ModelName": usual, "InitialInstanceCount": 2, "InstancePools": pools}
    endpoint = workbench.endpoint(workbench.config("config", [variant]))
    (described,) = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
    assert described["InstancePools"] == [
        {"InstanceType": "ml.c5.large", "CurrentInstanceCount": 0},
        {"InstanceType": "ml.m5.large", "CurrentInstanceCount": 2},
    ]
    assert workbench.answer(endpoint, {})["environment"]["VERSION"] == "special"


def test_names_are_taken_once_as_aws_words_it(workbench: Any) -> None:
    model = workbench.model()
    config = workbench.config("config", [workbench.variant(model)])
    endpoint = workbench.endpoint(config)
    arn = "arn:aws:sagemaker:us-east-1:000000000000"
    for create, words in (
        (lambda: workbench.model(), f'Cannot create already existing model "{arn}:model/{model}".'),
        (
            lambda: workbench.config("config", [workbench.variant(model)]),
            f'Cannot create already existing endpoint configuration "{arn}:endpoint-config/{config}".',
        ),
        (
            lambda: workbench.sagemaker.create_endpoint(EndpointName=endpoint.upper(), EndpointConfigName=config),
            f'Cannot create already existing endpoint "{arn}:endpoint/{endpoint}".',
        ),
    ):
        with pytest.raises(ClientError) as error:
            create()
        assert refusal(error) == ("ValidationException", words)


def test_what_does_not_exist_is_not_found_as_aws_words_it(workbench: Any) -> None:
    arn = "arn:aws:sagemaker:us-east-1:000000000000"
    for ask, words in (
        (lambda: workbench.sagemaker.describe_model(ModelName="none"), f'Could not find model "{arn}:model/none".'),
        (
            lambda: workbench.sagemaker.describe_endpoint_config(EndpointConfigName="none"),
            f'Could not find endpoint configuration "{arn}:endpoint-config/none".',
        ),
        (
            lambda: workbench.sagemaker.delete_endpoint(EndpointName="none"),
            f'Could not find endpoint "{arn}:endpoint/none".',
        ),
    ):
        with pytest.raises(ClientError) as error:
            ask()
        assert refusal(error) == ("ValidationException", words)


def test_an_endpoint_in_progress_accepts_no_change(workbench: Any) -> None:
    model = workbench.model(Environment={"FAIL": "ping"})
    config = workbench.config("config", [workbench.variant(model, ContainerStartupHealthCheckTimeoutInSeconds=60)])
    endpoint = f"{workbench.prefix}-endpoint"
    workbench.sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    words = f'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:000000000000:endpoint/{endpoint}".'
    for change in (
        lambda: workbench.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config),
        lambda: workbench.sagemaker.delete_endpoint(EndpointName=endpoint),
        lambda: workbench.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=endpoint, DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredWeight": 1}]
        ),
    ):
        with pytest.raises(ClientError) as error:
            change()
        assert refusal(error) == ("ValidationException", words)


def test_an_update_brings_the_new_model_and_ends_the_old_process(workbench: Any, wait_until: Any) -> None:
    endpoint = workbench.served(Environment={"VERSION": "1"})
    folder = Path(workbench.aws.state_dir) / "sagemaker" / "endpoints"
    state_file = folder / f"000000000000-us-east-1-{endpoint}.json"
    old_pid = json.loads(state_file.read_text())["variants"][0]["containers"][0]["pid"]
    new = workbench.config("new", [workbench.variant(workbench.model("new", Environment={"VERSION": "2"}))])
    workbench.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=new)
    seen = []
    while workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "Updating":
        seen.append(workbench.answer(endpoint, {})["environment"]["VERSION"])
    assert seen, "the endpoint was never seen updating"
    assert workbench.answer(endpoint, {})["environment"]["VERSION"] == "2"
    assert workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"] == new
    with pytest.raises(ProcessLookupError):
        os.kill(old_pid, 0)


def test_an_update_that_fails_leaves_the_old_configuration_in_service(workbench: Any) -> None:
    endpoint = workbench.served(Environment={"VERSION": "1"})
    old = workbench.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    broken = workbench.config("broken", [workbench.variant(workbench.model("broken", Environment={"FAIL": "exit"}))])
    workbench.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=broken)
    described = workbench.settled(endpoint)
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", old)
    assert "did not pass the ping health check" in described["FailureReason"]
    assert workbench.answer(endpoint, {})["environment"]["VERSION"] == "1"


def test_retained_properties_outlive_an_update(workbench: Any) -> None:
    model = workbench.model()
    endpoint = workbench.endpoint(workbench.config("config", [workbench.variant(model)]))
    workbench.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=endpoint,
        DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredWeight": 0.5, "DesiredInstanceCount": 3}],
    )
    workbench.settled(endpoint)
    new = workbench.config("new", [workbench.variant(model)])
    workbench.sagemaker.update_endpoint(
        EndpointName=endpoint,
        EndpointConfigName=new,
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    )
    (variant,) = workbench.settled(endpoint)["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["CurrentWeight"]) == (3, 1.0)


def test_a_real_time_variant_keeps_at_least_one_instance(workbench: Any) -> None:
    endpoint = workbench.served()
    with pytest.raises(ClientError, match="DesiredInstanceCount must be at least 1 for variant main"):
        workbench.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=endpoint, DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredInstanceCount": 0}]
        )


def test_a_deleted_configuration_blocks_the_next_update(workbench: Any) -> None:
    model = workbench.model()
    config = workbench.config("config", [workbench.variant(model)])
    endpoint = workbench.endpoint(config)
    workbench.sagemaker.delete_endpoint_config(EndpointConfigName=config)
    new = workbench.config("new", [workbench.variant(model)])
    with pytest.raises(ClientError, match=f'Could not find endpoint configuration "arn.*{config}"'):
        workbench.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=new)


def test_a_deleted_endpoint_is_gone_with_its_process(workbench: Any, wait_until: Any) -> None:
    endpoint = workbench.served()
    folder = Path(workbench.aws.state_dir) / "sagemaker" / "endpoints"
    state_file = folder / f"000000000000-us-east-1-{endpoint}.json"
    pid = json.loads(state_file.read_text())["variants"][0]["containers"][0]["pid"]
    workbench.sagemaker.delete_endpoint(EndpointName=endpoint)
    workbench.endpoints.remove(endpoint)
    wait_until(lambda: state_file.exists(), lambda exists: not exists)
    with pytest.raises(ClientError, match="Could not find endpoint"):
        workbench.sagemaker.describe_endpoint(EndpointName=endpoint)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
