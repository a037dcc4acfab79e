"""Application Auto Scaling's control plane: keeps targets, policies and scheduled actions, and refuses as AWS does.

It registers and reports; it does not yet scale anything, and DescribeScalingActivities truthfully answers none.
Only SageMaker's targets are known here.
"""

import threading
from typing import Any

from localaws.autoscaling.records import ScalableTarget, TargetKey
from localaws.autoscaling.sagemaker_variant import INSTANCE_COUNT, SageMaker, require_scalable, variant_resource_id
from localaws.botocore_model import botocore_model
from localaws.clock import Clock
from localaws.errors import AwsError
from localaws.sagemaker.request_validation import require_valid

SERVICE = "application-autoscaling"
TARGET = "AnyScaleFrontendService."
_POLICY_KINDS = {
    "StepScaling": "StepScalingPolicyConfiguration",
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
    "PredictiveScaling": "PredictiveScalingPolicyConfiguration",
}
_ACTION_MEMBERS = ("Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")


class ApplicationAutoScaling:
    """Answers API operations by name; safe to call from any thread."""

    def __init__(self, *, sagemaker: SageMaker, clock: Clock) -> None:
        self._sagemaker = sagemaker
        self._clock = clock
        self._targets: dict[TargetKey, ScalableTarget] = {}
        self._lock = threading.RLock()
        self._handlers = {
            "RegisterScalableTarget": self._register,
            "DeregisterScalableTarget": self._deregister,
            "DescribeScalableTargets": self._describe_targets,
            "PutScalingPolicy": self._put_policy,
            "DeleteScalingPolicy": self._delete_policy,
            "DescribeScalingPolicies": self._describe_policies,
            "PutScheduledAction": self._put_action,
            "DeleteScheduledAction": self._delete_action,
            "DescribeScheduledActions": self._describe_actions,
            "DescribeScalingActivities": self._describe_activities,
            "ListTagsForResource": self._list_tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def call(self, operation: str, request: dict[str, Any], *, region: str, account: str) -> dict[str, Any]:
        """Answer `operation`; raises `AwsError` with AWS's code and words for what AWS refuses."""
        handler = self._handlers.get(operation)
        if handler is None:
            raise AwsError("UnknownOperationException", f"embedded AWS does not know the operation {operation}")
        require_valid(botocore_model(SERVICE), operation, request)
        with self._lock:
            return handler(request, region, account)

    def is_registered(self, *, account: str, region: str, endpoint: str, variant: str) -> bool:
        """Whether the variant's instance count is a scalable target."""
        key = TargetKey(account, region, "sagemaker", variant_resource_id(endpoint, variant), INSTANCE_COUNT)
        with self._lock:
            return key in self._targets

    def forget_endpoint(self, *, account: str, region: str, endpoint: str) -> None:
        """Deregister the variants of an endpoint that is deleted, as DeleteEndpoint does on AWS."""
        prefix = variant_resource_id(endpoint, "")
        with self._lock:
            for key in [key for key in self._targets if key.resource_id.startswith(prefix)]:
                if (key.account, key.region) == (account, region):
                    del self._targets[key]

    def _register(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        key = TargetKey.of(request, account=account, region=region)
        if key.namespace != "sagemaker":
            raise AwsError("ValidationException", "Unsupported service namespace, resource type or scalable dimension")
        target = self._targets.get(key)
        minimum = request.get("MinCapacity", target.min_capacity if target else None)
        maximum = request.get("MaxCapacity", target.max_capacity if target else None)
        if minimum is None or maximum is None:
            raise AwsError(
                "ValidationException",
                "MinCapacity and MaxCapacity are required to register a new scalable target",
            )
        if minimum > maximum:
            raise AwsError("ValidationException", "Maximum capacity cannot be less than minimum capacity")
        require_scalable(self._sagemaker, key, min_capacity=minimum)
        if target is None:
            target = ScalableTarget(key, self._clock.now(), minimum, maximum)
            target.tags.update(request.get("Tags", {}))
            self._targets[key] = target
        target.min_capacity, target.max_capacity = minimum, maximum
        target.role_arn = request.get("RoleARN", target.role_arn)
        target.suspended_state.update(request.get("SuspendedState", {}))
        return {"ScalableTargetARN": target.arn}

    def _deregister(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        # Its policies and scheduled actions go with the target (API reference, DeregisterScalableTarget).
        key = TargetKey.of(request, account=account, region=region)
        if self._targets.pop(key, None) is None:
            raise AwsError("ObjectNotFoundException", f"No scalable target found for {key}")
        return {}

    def _describe_targets(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        wanted = request.get("ResourceIds")
        targets = self._matching({**request, "ResourceId": None}, region, account)
        return {
            "ScalableTargets": [
                target.description() for target in targets if not wanted or target.key.resource_id in wanted
            ]
        }

    def _put_policy(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        target = self._target_of(request, region, account)
        name = request["PolicyName"]
        previous = target.policies.get(name, {})
        kind = request.get("PolicyType", previous.get("PolicyType", "StepScaling"))
        member = _POLICY_KINDS[kind]
        configuration = request.get(member, previous.get(member))
        if configuration is None:
            raise AwsError("ValidationException", f"{member} is required for policy type {kind}")
        target.policies[name] = {
            "PolicyARN": previous.get("PolicyARN", target.resource_arn("scalingPolicy", name)),
            "PolicyName": name,
            **target.key.members(),
            "PolicyType": kind,
            member: configuration,
            "Alarms": [],
            "CreationTime": previous.get("CreationTime", self._clock.now().timestamp()),
        }
        return {"PolicyARN": target.policies[name]["PolicyARN"], "Alarms": []}

    def _delete_policy(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        key = TargetKey.of(request, account=account, region=region)
        target = self._targets.get(key)
        if target is None or target.policies.pop(request["PolicyName"], None) is None:
            raise AwsError(
                "ObjectNotFoundException",
                f"No scaling policy found for {key}, policy name: {request['PolicyName']}",
            )
        return {}

    def _describe_policies(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        wanted = request.get("PolicyNames")
        return {
            "ScalingPolicies": [
                policy
                for target in self._matching(request, region, account)
                for policy in target.policies.values()
                if not wanted or policy["PolicyName"] in wanted
            ]
        }

    def _put_action(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        target = self._target_of(request, region, account)
        name = request["ScheduledActionName"]
        previous = target.scheduled_actions.get(name, {})
        if "Schedule" not in request and not previous:
            raise AwsError("ValidationException", "A schedule is required for a new scheduled action")
        target.scheduled_actions[name] = {
            "ScheduledActionName": name,
            "ScheduledActionARN": previous.get("ScheduledActionARN", target.resource_arn("scheduledAction", name)),
            **target.key.members(),
            **{member: request[member] for member in _ACTION_MEMBERS if member in request},
            "CreationTime": self._clock.now().timestamp(),
        }
        return {}

    def _delete_action(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        key = TargetKey.of(request, account=account, region=region)
        target = self._targets.get(key)
        name = request["ScheduledActionName"]
        if target is None or target.scheduled_actions.pop(name, None) is None:
            raise AwsError(
                "ObjectNotFoundException", f"No scheduled action found for {key}, scheduled action name: {name}"
            )
        return {}

    def _describe_actions(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        wanted = request.get("ScheduledActionNames")
        return {
            "ScheduledActions": [
                action
                for target in self._matching(request, region, account)
                for action in target.scheduled_actions.values()
                if not wanted or action["ScheduledActionName"] in wanted
            ]
        }

    def _describe_activities(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        return {"ScalingActivities": []}

    def _list_tags(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        return {"Tags": dict(self._by_arn(request["ResourceARN"]).tags)}

    def _tag(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        self._by_arn(request["ResourceARN"]).tags.update(request["Tags"])
        return {}

    def _untag(self, request: dict[str, Any], region: str, account: str) -> dict[str, Any]:
        tags = self._by_arn(request["ResourceARN"]).tags
        for key in request["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _by_arn(self, arn: str) -> ScalableTarget:
        for target in self._targets.values():
            if target.arn == arn:
                return target
        raise AwsError("ResourceNotFoundException", f"No scalable target found for resource ARN: {arn}")

    def _target_of(self, request: dict[str, Any], region: str, account: str) -> ScalableTarget:
        key = TargetKey.of(request, account=account, region=region)
        if key not in self._targets:
            raise AwsError("ObjectNotFoundException", f"No scalable target registered for {key}")
        return self._targets[key]

    def _matching(self, request: dict[str, Any], region: str, account: str) -> list[ScalableTarget]:
        """Targets of the request's namespace and, where it names them, resource and dimension; in key order."""
        resource_id, dimension = request.get("ResourceId"), request.get("ScalableDimension")
        return [
            target
            for key, target in sorted(self._targets.items())
            if (key.account, key.region, key.namespace) == (account, region, request["ServiceNamespace"])
            and resource_id in (None, key.resource_id)
            and dimension in (None, key.dimension)
        ]
