from typing import Any

import pytest

from localaws.autoscaling.service import ApplicationAutoScaling
from localaws.clock import ManualClock
from localaws.errors import AwsError

PLACE = {"region": "eu-west-1", "account": "111111111111"}
COUNT = "sagemaker:variant:DesiredInstanceCount"
CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"


class Endpoints:
    """SageMaker with three endpoints, each with one variant."""

    variants = {
        "chat": {"VariantName": "main", "InstanceType": "ml.g5.xlarge"},
        "small": {"VariantName": "main", "InstanceType": "ml.t2.medium"},
        "tiny": {"VariantName": "main", "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}},
        "batch": {"VariantName": "main", "InstanceType": "ml.g5.xlarge"},
    }

    def call(self, operation: str, request: dict[str, Any], *, region: str, account: str) -> dict[str, Any]:
        name = request.get("EndpointName") or request["EndpointConfigName"]
        if name not in self.variants:
            raise AwsError("ValidationException", f"Could not find endpoint {name}")
        if operation == "DescribeEndpoint":
            return {"EndpointConfigName": name}
        config = {"ProductionVariants": [self.variants[name]]}
        return {**config, "AsyncInferenceConfig": {}} if name == "batch" else config


@pytest.fixture
def scaling() -> ApplicationAutoScaling:
    return ApplicationAutoScaling(sagemaker=Endpoints(), clock=ManualClock())


def key(endpoint: str, *, variant: str = "main", dimension: str = COUNT) -> dict[str, Any]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/{variant}",
        "ScalableDimension": dimension,
    }


def register(scaling: ApplicationAutoScaling, target: dict[str, Any], **more: Any) -> dict[str, Any]:
    request = {**target, "MinCapacity": 1, "MaxCapacity": 4, **more}
    return scaling.call("RegisterScalableTarget", request, **PLACE)


def refusal(scaling: ApplicationAutoScaling, operation: str, request: dict[str, Any]) -> AwsError:
    with pytest.raises(AwsError) as raised:
        scaling.call(operation, request, **PLACE)
    return raised.value


def test_a_registered_variant_is_described_with_aws_s_defaults(scaling: ApplicationAutoScaling) -> None:
    arn = register(scaling, key("chat"))["ScalableTargetARN"]
    (target,) = scaling.call("DescribeScalableTargets", {"ServiceNamespace": "sagemaker"}, **PLACE)["ScalableTargets"]
    assert arn == target["ScalableTargetARN"]
    assert arn.startswith("arn:aws:application-autoscaling:eu-west-1:111111111111:scalable-target/")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    assert target["RoleARN"].endswith("/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint")
    assert target["SuspendedState"]["DynamicScalingOutSuspended"] is False


def test_targets_of_another_region_are_not_seen(scaling: ApplicationAutoScaling) -> None:
    register(scaling, key("chat"))
    elsewhere = scaling.call(
        "DescribeScalableTargets", {"ServiceNamespace": "sagemaker"}, region="us-east-1", account="111111111111"
    )
    assert elsewhere["ScalableTargets"] == []


@pytest.mark.parametrize("target", [key("nowhere"), key("chat", variant="other")])
def test_a_variant_that_does_not_exist_cannot_be_registered(
    scaling: ApplicationAutoScaling, target: dict[str, Any]
) -> None:
    error = refusal(scaling, "RegisterScalableTarget", {**target, "MinCapacity": 1, "MaxCapacity": 2})
    assert error.code == "ValidationException"
    assert error.message == f"SageMaker endpoint variant doesn't exist: {target['ResourceId']}"


def test_only_an_asynchronous_endpoint_scales_to_zero(scaling: ApplicationAutoScaling) -> None:
    register(scaling, key("batch"), MinCapacity=0)
    error = refusal(scaling, "RegisterScalableTarget", {**key("chat"), "MinCapacity": 0, "MaxCapacity": 2})
    assert "must be at least 1" in error.message


def test_burstable_instances_do_not_scale(scaling: ApplicationAutoScaling) -> None:
    error = refusal(scaling, "RegisterScalableTarget", {**key("small"), "MinCapacity": 1, "MaxCapacity": 2})
    assert "burstable instance type ml.t2.medium" in error.message


def test_a_serverless_variant_scales_by_provisioned_concurrency_only(scaling: ApplicationAutoScaling) -> None:
    register(scaling, key("tiny", dimension=CONCURRENCY))
    error = refusal(scaling, "RegisterScalableTarget", {**key("tiny"), "MinCapacity": 1, "MaxCapacity": 2})
    assert CONCURRENCY in error.message


def test_limits_the_wrong_way_round_are_refused(scaling: ApplicationAutoScaling) -> None:
    error = refusal(scaling, "RegisterScalableTarget", {**key("chat"), "MinCapacity": 5, "MaxCapacity": 2})
    assert error.message == "Maximum capacity cannot be less than minimum capacity"


def test_registering_again_changes_only_what_is_given(scaling: ApplicationAutoScaling) -> None:
    first = register(scaling, key("chat"))
    second = scaling.call("RegisterScalableTarget", {**key("chat"), "MaxCapacity": 9}, **PLACE)
    (target,) = scaling.call("DescribeScalableTargets", {"ServiceNamespace": "sagemaker"}, **PLACE)["ScalableTargets"]
    assert first == second
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 9)


def test_a_policy_needs_a_registered_target(scaling: ApplicationAutoScaling) -> None:
    error = refusal(scaling, "PutScalingPolicy", policy())
    assert error.code == "ObjectNotFoundException"
    assert error.message == (
        "No scalable target registered for service namespace: sagemaker, resource ID: endpoint/chat/variant/main, "
        f"scalable dimension: {COUNT}"
    )


def test_policies_and_scheduled_actions_go_with_their_target(scaling: ApplicationAutoScaling) -> None:
    register(scaling, key("chat"))
    scaling.call("PutScalingPolicy", policy(), **PLACE)
    scaling.call(
        "PutScheduledAction",
        {**key("chat"), "ScheduledActionName": "night", "Schedule": "cron(0 22 * * ? *)"},
        **PLACE,
    )
    assert len(described(scaling, "ScalingPolicies")) == len(described(scaling, "ScheduledActions")) == 1
    scaling.call("DeregisterScalableTarget", key("chat"), **PLACE)
    assert described(scaling, "ScalingPolicies") == described(scaling, "ScheduledActions") == []


def test_a_policy_changed_by_name_keeps_its_arn(scaling: ApplicationAutoScaling) -> None:
    register(scaling, key("chat"))
    first = scaling.call("PutScalingPolicy", policy(), **PLACE)["PolicyARN"]
    second = scaling.call("PutScalingPolicy", policy(target=3.0), **PLACE)["PolicyARN"]
    (kept,) = described(scaling, "ScalingPolicies")
    assert first == second == kept["PolicyARN"]
    assert kept["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 3.0


def test_a_request_is_held_against_aws_s_own_model(scaling: ApplicationAutoScaling) -> None:
    error = refusal(scaling, "RegisterScalableTarget", {**key("chat"), "ServiceNamespace": "sagemakr"})
    assert "Member must satisfy enum value set" in error.message


def test_a_deleted_endpoint_s_variants_are_deregistered(scaling: ApplicationAutoScaling) -> None:
    register(scaling, key("chat"))
    scaling.forget_endpoint(endpoint="chat", **PLACE)
    assert not scaling.is_registered(endpoint="chat", variant="main", **PLACE)


def policy(*, target: float = 8.0) -> dict[str, Any]:
    return {
        **key("chat"),
        "PolicyName": "follow",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": target,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        },
    }


def described(scaling: ApplicationAutoScaling, what: str) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = scaling.call(f"Describe{what}", {"ServiceNamespace": "sagemaker"}, **PLACE)[what]
    return answer
