"""What Application Auto Scaling remembers: targets, their policies and their scheduled actions."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# AWS's service-linked role for endpoints, used whenever a request names no role.
_SERVICE_LINKED_ROLE = (
    "arn:aws:iam::{account}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)


@dataclass(frozen=True, order=True)
class TargetKey:
    """What identifies a scalable target within an account and region."""

    account: str
    region: str
    namespace: str
    resource_id: str
    dimension: str

    @classmethod
    def of(cls, request: dict[str, Any], *, account: str, region: str) -> "TargetKey":
        """The key that a request's ServiceNamespace, ResourceId and ScalableDimension name."""
        return cls(account, region, request["ServiceNamespace"], request["ResourceId"], request["ScalableDimension"])

    def __str__(self) -> str:
        """The three parts as AWS spells them in its errors."""
        return (
            f"service namespace: {self.namespace}, resource ID: {self.resource_id}, "
            f"scalable dimension: {self.dimension}"
        )

    def members(self) -> dict[str, Any]:
        """The three parts as a response carries them."""
        return {
            "ServiceNamespace": self.namespace,
            "ResourceId": self.resource_id,
            "ScalableDimension": self.dimension,
        }


@dataclass
class ScalableTarget:
    """A registered target, its limits, policies and scheduled actions by name."""

    key: TargetKey
    created_at: datetime
    min_capacity: int
    max_capacity: int
    role_arn: str = ""
    suspended_state: dict[str, bool] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    scheduled_actions: dict[str, dict[str, Any]] = field(default_factory=dict)
    target_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def arn(self) -> str:
        return f"arn:aws:application-autoscaling:{self.key.region}:{self.key.account}:scalable-target/{self.target_id}"

    def description(self) -> dict[str, Any]:
        """The target as DescribeScalableTargets shows it."""
        off = dict.fromkeys(
            ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
        )
        return {
            **self.key.members(),
            "MinCapacity": self.min_capacity,
            "MaxCapacity": self.max_capacity,
            "RoleARN": self.role_arn or _SERVICE_LINKED_ROLE.format(account=self.key.account),
            "CreationTime": self.created_at.timestamp(),
            "SuspendedState": {**off, **self.suspended_state},
            "ScalableTargetARN": self.arn,
        }

    def resource_arn(self, kind: str, name: str) -> str:
        """ARN of a policy (`scalingPolicy`) or a scheduled action (`scheduledAction`) of this target."""
        label = {"scalingPolicy": "policyName", "scheduledAction": "scheduledActionName"}[kind]
        return (
            f"arn:aws:autoscaling:{self.key.region}:{self.key.account}:{kind}:{uuid.uuid4()}:"
            f"resource/{self.key.namespace}/{self.key.resource_id}:{label}/{name}"
        )
