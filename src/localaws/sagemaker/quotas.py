"""The account's SageMaker quotas, generous by default: a laptop should refuse for want of quota only when asked to.

The names are those of Service Quotas (https://docs.aws.amazon.com/general/latest/gr/sagemaker.html); a new AWS account
has 0 of nearly every GPU type, 4 instances in all, 5 serverless endpoints and a total serverless concurrency of 10.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

INSTANCES_IN_ALL = "Number of instances across active endpoints"
INSTANCES_PER_ENDPOINT = "Maximum number of instances per endpoint"
SERVERLESS_ENDPOINTS = "Number of serverless endpoints"
SERVERLESS_CONCURRENCY = "Total concurrency that can be allocated across all serverless endpoints"
_GENEROUS = 1000


def instance_quota(instance_type: str) -> str:
    """The name of the quota of one instance type."""
    return f"{instance_type} for endpoint usage"


@dataclass(frozen=True)
class Quotas:
    """How much one account may run in one region."""

    instances_by_type: Mapping[str, int] = field(default_factory=dict)
    instances_per_type_default: int = _GENEROUS
    instances_per_endpoint: int = _GENEROUS
    instances_in_all: int = _GENEROUS
    serverless_endpoints: int = _GENEROUS
    serverless_concurrency: int = _GENEROUS

    def instances_of_type(self, instance_type: str) -> int:
        """The limit of one instance type over all endpoints."""
        return self.instances_by_type.get(instance_type, self.instances_per_type_default)
