"""Every kind scales on what it publishes: a policy on a metric of another kind would never fire."""

from __future__ import annotations

from typing import Any

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"


def tracking(synthesised: Any, stack: str, policy: str) -> dict[str, Any]:
    return synthesised.all(stack, POLICY)[policy]["TargetTrackingScalingPolicyConfiguration"]


def test_a_real_time_entry_follows_concurrency(guarded: Any) -> None:
    assert guarded.only("chat", TARGET)["MinCapacity"] == 2
    assert guarded.only("chat", TARGET)["MaxCapacity"] == 3
    policy = tracking(guarded, "chat", "ConcurrencyTracking")
    metric = policy["PredefinedMetricSpecification"]["PredefinedMetricType"]
    assert metric == "SageMakerVariantConcurrentRequestsPerModelHighResolution"
    assert policy["TargetValue"] == 4
    assert (policy["ScaleOutCooldown"], policy["ScaleInCooldown"]) == (60, 300)


def test_a_multi_model_entry_follows_invocations(guarded: Any) -> None:
    policy = tracking(guarded, "shelf", "InvocationsTracking")
    assert policy["PredefinedMetricSpecification"]["PredefinedMetricType"] == "SageMakerVariantInvocationsPerInstance"
    assert policy["TargetValue"] == 60


def test_an_asynchronous_entry_follows_its_queue_and_wakes_from_zero(guarded: Any) -> None:
    assert guarded.only("summaries", TARGET)["MinCapacity"] == 0
    backlog = tracking(guarded, "summaries", "BacklogTracking")["CustomizedMetricSpecification"]
    assert backlog["MetricName"] == "ApproximateBacklogSizePerInstance"
    assert backlog["Dimensions"] == [{"Name": "EndpointName", "Value": "guarded-summaries"}]
    wake = guarded.all("summaries", POLICY)["WakePolicy"]
    assert wake["PolicyType"] == "StepScaling"
    assert wake["StepScalingPolicyConfiguration"]["AdjustmentType"] == "ChangeInCapacity"
    alarm = guarded.all("summaries", "AWS::CloudWatch::Alarm")["WakeAlarm"]
    assert alarm["MetricName"] == "HasBacklogWithoutCapacity"
    assert alarm["Dimensions"] == [{"Name": "EndpointName", "Value": "guarded-summaries"}]
    assert alarm["AlarmActions"] == [{"Ref": "WakePolicy"}]
    assert alarm["TreatMissingData"] == "missing"


def test_a_scalable_target_waits_for_its_endpoint(guarded: Any) -> None:
    for stack in ("chat", "summaries", "shelf"):
        resource_id = guarded.only(stack, TARGET)["ResourceId"]
        endpoint_name = {"Fn::GetAtt": ["Endpoint", "EndpointName"]}
        assert resource_id == {"Fn::Join": ["", ["endpoint/", endpoint_name, "/variant/AllTraffic"]]}


def test_a_fixed_number_of_instances_is_not_scaled(guarded: Any) -> None:
    assert not guarded.all("chat-neuron", TARGET)
    assert not guarded.all("chat-neuron", POLICY)
