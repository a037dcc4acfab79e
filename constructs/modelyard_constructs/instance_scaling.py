"""Keeps the number of an endpoint's instances in step with its load, by what each kind can measure.

https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html
https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
"""

from __future__ import annotations

from typing import Any

from modelyard.blueprint.construct import Construct, Scope
from modelyard.blueprint.resource import Reference, Resource
from modelyard.catalog.schema import AsyncScaling, MultiModelScaling, RealTimeScaling
from modelyard_constructs.endpoint_metric import of_queue
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.hosted_endpoint import HostedEndpoint

# How long the first requests after a pause wait before an instance is asked for, and how long until the next one is.
_WAKE_AFTER_MINUTES = 2
_WAKE_COOLDOWN_SECONDS = 300


class InstanceScaling(Construct):
    """A scalable target with the policies of the entry's kind; nothing where the number of instances is fixed."""

    def __init__(self, scope: Scope, *, plan: EndpointPlan, endpoint: HostedEndpoint) -> None:
        super().__init__(scope, "Scaling")
        if plan.endpoint.kind == "serverless":
            return
        scaling = plan.endpoint.scaling
        if scaling.instances.min == scaling.instances.max:
            return
        target = Resource(
            self,
            "ScalableTarget",
            type="AWS::ApplicationAutoScaling::ScalableTarget",
            properties={
                "ServiceNamespace": "sagemaker",
                "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
                # Taken from the endpoint, because a variant that does not exist yet cannot be registered.
                "ResourceId": endpoint.scaling_resource_id,
                "MinCapacity": scaling.instances.min,
                "MaxCapacity": scaling.instances.max,
                "Tags": plan.tags.listing("scaling"),
            },
        ).reference
        for logical_id, metric, value in _tracked(plan.endpoint_name, scaling):
            tracking = {
                **metric,
                "TargetValue": value,
                "ScaleOutCooldown": scaling.scale_out_cooldown_seconds,
                "ScaleInCooldown": scaling.scale_in_cooldown_seconds,
            }
            kind = {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": tracking}
            _policy(self, logical_id, target, kind)
        if isinstance(scaling, AsyncScaling):
            _wake(self, plan, target)


def _tracked(
    endpoint_name: str, scaling: RealTimeScaling | AsyncScaling | MultiModelScaling
) -> list[tuple[str, dict[str, Any], float]]:
    """What the policies hold at which value; of two, the one that asks for more instances wins."""
    if isinstance(scaling, AsyncScaling):
        # An asynchronous endpoint publishes none of the metrics that AWS predefines.
        backlog = of_queue("ApproximateBacklogSizePerInstance", endpoint_name) | {"Statistic": "Average"}
        custom = {"CustomizedMetricSpecification": backlog}
        return [("BacklogTracking", custom, scaling.target_backlog_per_instance)]
    tracked = []
    if isinstance(scaling, RealTimeScaling) and scaling.target_concurrency_per_instance is not None:
        # Published every 10 s, six times as often as invocations.
        metric = _predefined("SageMakerVariantConcurrentRequestsPerModelHighResolution")
        tracked.append(("ConcurrencyTracking", metric, scaling.target_concurrency_per_instance))
    if scaling.target_invocations_per_minute_per_instance is not None:
        metric = _predefined("SageMakerVariantInvocationsPerInstance")
        tracked.append(("InvocationsTracking", metric, scaling.target_invocations_per_minute_per_instance))
    return tracked


def _predefined(metric: str) -> dict[str, Any]:
    return {"PredefinedMetricSpecification": {"PredefinedMetricType": metric}}


def _wake(scope: Scope, plan: EndpointPlan, target: Reference) -> None:
    """Starts an instance when requests wait and none runs: backlog per instance says nothing while there is none."""
    step = {
        "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": {
            "AdjustmentType": "ChangeInCapacity",
            "MetricAggregationType": "Average",
            "Cooldown": _WAKE_COOLDOWN_SECONDS,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
        },
    }
    policy = _policy(scope, "WakePolicy", target, step)
    Resource(
        scope,
        "WakeAlarm",
        type="AWS::CloudWatch::Alarm",
        properties={
            "AlarmDescription": f"starts an instance of {plan.endpoint_name}: requests wait and none runs",
            **of_queue("HasBacklogWithoutCapacity", plan.endpoint_name),
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": _WAKE_AFTER_MINUTES,
            "DatapointsToAlarm": _WAKE_AFTER_MINUTES,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": 1,
            "TreatMissingData": "missing",
            "AlarmActions": [policy],
            "Tags": plan.tags.listing("scaling"),
        },
    )


def _policy(scope: Scope, logical_id: str, target: Reference, kind: dict[str, Any]) -> Reference:
    return Resource(
        scope,
        logical_id,
        type="AWS::ApplicationAutoScaling::ScalingPolicy",
        properties={"PolicyName": logical_id, "ScalingTargetId": target, **kind},
    ).reference
