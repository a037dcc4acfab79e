"""All endpoints of the account and region on one page, found when it is looked at: entries come and go without it."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Resource
from modelyard_constructs.dashboard_widget import Widget, body, search, text
from modelyard_constructs.endpoint_metric import INSTANCE_NAMESPACE, NAMESPACE
from modelyard_constructs.tag_set import TagSet
from modelyard_constructs.target import Target

_VARIANT, _QUEUE = ("EndpointName", "VariantName"), ("EndpointName",)
# Title, namespace, dimensions, metric, statistic, unit: what all kinds have, then what one of them has.
_GRAPHS = (
    ("Requests", NAMESPACE, _VARIANT, "Invocations", "Sum", "requests a minute"),
    ("Answers with 5XX", NAMESPACE, _VARIANT, "Invocation5XXErrors", "Sum", "requests a minute"),
    ("Answers with 4XX", NAMESPACE, _VARIANT, "Invocation4XXErrors", "Sum", "requests a minute"),
    ("Time in the model, p99", NAMESPACE, _VARIANT, "ModelLatency", "p99", "microseconds"),
    ("Requests that wait (async)", NAMESPACE, _QUEUE, "ApproximateBacklogSize", "Maximum", "requests"),
    ("Age of the oldest (async)", NAMESPACE, _QUEUE, "ApproximateAgeOfOldestRequest", "Maximum", "seconds"),
    ("GPUs, 100 is one", INSTANCE_NAMESPACE, _VARIANT, "GPUUtilization", "Average", "percent"),
    ("Fullest disk", INSTANCE_NAMESPACE, _VARIANT, "DiskUtilization", "Maximum", "percent"),
)


class FleetDashboard(Resource):
    """`modelyard-<environment>-fleet`, where the environment asks for it."""

    def __init__(self, scope: Scope, logical_id: str, *, target: Target, tags: TagSet) -> None:
        super().__init__(
            scope,
            logical_id,
            type="AWS::CloudWatch::Dashboard",
            properties={
                "DashboardName": target.stack_name("fleet"),
                "DashboardBody": body(_widgets(target)),
                "Tags": tags.listing("dashboard"),
            },
        )


def _widgets(target: Target) -> Iterator[Widget]:
    yield text(
        f"## Endpoints of {target.account} in {target.region}\nFound by their metrics: those of environment "
        f"{target.environment_name}, and of any other that shares account and region."
    )
    for title, namespace, dimensions, metric, statistic, unit in _GRAPHS:
        yield search(title, namespace, dimensions, metric, statistic, region=target.region, unit=unit)
