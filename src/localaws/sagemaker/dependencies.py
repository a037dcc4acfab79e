"""What embedded SageMaker needs of the rest of embedded AWS, as interfaces: it imports no other service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from localaws.clock import Clock
from localaws.sagemaker.images import ImageTable
from localaws.sagemaker.quotas import Quotas
from localaws.sagemaker.scope import Scope


class RoleClients(Protocol):
    """boto3 clients that act as one execution role."""

    def client(self, service_name: str) -> Any:
        """The role's client of a service, safe to share between threads."""
        ...


class RoleSessions(Protocol):
    """Assumes execution roles as the principal sagemaker.amazonaws.com, as `localaws.role_session` does."""

    def require_assumable(self, role_arn: str) -> None:
        """Raise `AwsError` unless the role exists and its trust policy names SageMaker."""
        ...

    def clients(self, role_arn: str, *, region: str) -> RoleClients:
        """Clients acting as the role; raises `AwsError` as `require_assumable` does."""
        ...


ServiceClient = Callable[[str, Scope], Any]
"""`service_client("cloudwatch", scope)`: a boto3 client with which SageMaker acts as itself, not as a role."""

IsAutoscaled = Callable[[Scope, str, str], bool]
"""`is_autoscaled(scope, endpoint, variant)`: whether Application Auto Scaling has the variant registered."""

IsAlarming = Callable[[Scope, str], bool]
"""`is_alarming(scope, alarm_name)`: whether a CloudWatch alarm is in state ALARM."""


ContainerVariables = Callable[[str, str], Mapping[str, str]]
"""`container_variables(role_arn, region)`: what tells a container where its role's credentials are."""


def _no_credentials(role_arn: str, region: str) -> Mapping[str, str]:
    return {}


def _nothing_is_autoscaled(scope: Scope, endpoint: str, variant: str) -> bool:
    return False


def _no_alarm_rings(scope: Scope, alarm_name: str) -> bool:
    return False


@dataclass(frozen=True)
class Dependencies:
    """Everything from outside, given once when the service is made."""

    clock: Clock
    roles: RoleSessions
    service_client: ServiceClient
    state_dir: Path
    images: ImageTable
    quotas: Quotas = field(default_factory=Quotas)
    is_autoscaled: IsAutoscaled = _nothing_is_autoscaled
    is_alarming: IsAlarming = _no_alarm_rings
    container_variables: ContainerVariables = _no_credentials
    # Weights are fetched, and loaded, in real time: when the clock runs fast, they still get this long.
    least_real_seconds: float = 120.0
