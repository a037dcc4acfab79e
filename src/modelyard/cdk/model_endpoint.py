"""An endpoint of a catalog as a construct of somebody's own stack."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from aws_cdk import Annotations, Stack, Token
from aws_cdk.aws_cloudwatch import Metric
from aws_cdk.aws_iam import Grant, IGrantable
from constructs import Construct as CdkConstruct

from modelyard.catalog.suggestion import did_you_mean, one_of
from modelyard.renderers.cdk import claim_endpoints
from modelyard.renderers.cdk_parts import PartsOfConstruct
from modelyard_constructs.endpoint_plan import EndpointPlan
from modelyard_constructs.invoke_policy import invoke_statements
from modelyard_constructs.published_metrics import PublishedMetric, published_metrics
from modelyard_stacks.endpoint import EndpointStack

# CloudFormation makes an alarm's name of at most 255 characters of the stack's name, the logical id, which has all ids
# of the path and eight more characters, and twelve of chance; the longest of ours is Alarms/RollbackServerErrorsAlarm.
_LONGEST_PATH = 180


class ModelEndpoint(CdkConstruct):
    """Everything that an endpoint's stack has: role, Model, EndpointConfig, Endpoint, scaling, alarms, log group.

    Its resources lie below it under the ids that they have in our own stacks: `endpoint.node.find_child("Endpoint")`.
    Their logical ids are those that the CDK makes of paths, so that a stack may have several. It reads from and writes
    to the environment's buckets under the environment's key: `modelyard cdk deploy -c environment=NAME foundation`
    comes first, and `modelyard stage NAME` before the endpoint.

    Raises:
        ValueError: where the stack is another account's or region's than the entry's environment.
        EndpointTwice: where the app makes the endpoint in another place too.
    """

    def __init__(self, scope: CdkConstruct, construct_id: str, *, entry: EndpointPlan) -> None:
        super().__init__(scope, construct_id)
        self.plan = entry
        stack = Stack.of(self)
        self._require_place(stack)
        described = EndpointStack(plan=entry)
        claim_endpoints(self, [described])
        parts = PartsOfConstruct(stack, described)
        parts.add_all(self, described.children)
        self._endpoint = parts.added["Endpoint"]

    def _require_place(self, stack: Stack) -> None:
        target = self.plan.target
        places = {"account": (stack.account, target.account), "region": (stack.region, target.region)}
        for what, (theirs, ours) in places.items():
            if Token.is_unresolved(theirs):
                Annotations.of(self).add_warning_v2(
                    f"modelyard:{what}",
                    f"the stack names no {what}, and endpoint {self.endpoint_id} works in {what} {ours} only: give "
                    f"the stack env=Environment(account={target.account!r}, region={target.region!r})",
                )
            elif theirs != ours:
                raise ValueError(
                    f"endpoint {self.endpoint_id} of environment {target.environment_name} belongs to {what} {ours}, "
                    f"and stack {stack.stack_name} to {theirs}: give the stack env=Environment(account="
                    f"{target.account!r}, region={target.region!r})"
                )
        if len(stack.stack_name) + len(self.node.path) > _LONGEST_PATH:
            raise ValueError(
                f"{self.node.path} in stack {stack.stack_name} is too long: CloudFormation would cut the names of its "
                "alarms, and its policies would not know them; give the stack or the constructs shorter ids"
            )

    @property
    def endpoint_id(self) -> str:
        """The endpoint's name as text: it is fixed, so that it is known before anything is deployed."""
        return self.plan.endpoint_name

    @property
    def endpoint_name(self) -> str:
        """The endpoint's name, known once it is in service: whatever uses it is deployed afterwards."""
        return Token.as_string(self._endpoint.get_att("EndpointName"))

    @property
    def endpoint_arn(self) -> str:
        """The endpoint's ARN, known once it is in service."""
        return self._endpoint.ref

    def grant_invoke(self, grantee: IGrantable) -> Grant:
        """Let it ask the endpoint; of an asynchronous one, put requests and fetch answers under the key as well."""
        granted: Grant | None = None
        for statement in invoke_statements(self.plan):
            one = Grant.add_to_principal(
                grantee=grantee,
                actions=statement["Action"],
                resource_arns=statement["Resource"],
                conditions=statement.get("Condition"),
            )
            granted = one if granted is None else granted.combine(one)
        assert granted is not None, "every kind can be asked"
        return granted

    @cached_property
    def _metrics(self) -> dict[str, PublishedMetric]:
        return published_metrics(self.plan)

    @property
    def metric_names(self) -> list[str]:
        """The metrics that an endpoint of this kind publishes."""
        return list(self._metrics)

    def metric(self, name: str, **options: Any) -> Metric:
        """One of its metrics; options are those of every CDK metric: statistic, period, label, ...

        Raises:
            ValueError: where an endpoint of its kind publishes none of that name.
        """
        if name not in self._metrics:
            raise ValueError(
                f"{self.endpoint_id} is a {self.plan.endpoint.kind} endpoint and publishes no metric {name}"
                f"{did_you_mean(name, self._metrics)}{self._missing(name)}; it publishes {one_of(self._metrics)}"
            )
        words, statistic = self._metrics[name]
        dimensions = {one["Name"]: one["Value"] for one in words["Dimensions"]}
        metric = Metric(
            namespace=words["Namespace"],
            metric_name=words["MetricName"],
            **{"dimensions_map": dimensions, "statistic": statistic, **options},
        )
        return metric.attach_to(self)

    def _missing(self, name: str) -> str:
        needs_signals = name in (
            "TimeToFirstToken",
            "TimePerOutputToken",
            "InputTokens",
            "OutputTokens",
            "RequestLatency",
        )
        if needs_signals and self.plan.target.environment.signals is None:
            return f" (environment {self.plan.target.environment_name} says no `signals:`, which makes it)"
        return ""

    def metric_invocations(self, **options: Any) -> Metric:
        """How many requests it was sent; an asynchronous endpoint does not count them."""
        return self.metric("Invocations", **options)

    def metric_invocation_4xx_errors(self, **options: Any) -> Metric:
        """How many requests the model refused."""
        return self.metric("Invocation4XXErrors", **options)

    def metric_invocation_5xx_errors(self, **options: Any) -> Metric:
        """How many requests failed."""
        return self.metric("Invocation5XXErrors", **options)

    def metric_model_latency(self, **options: Any) -> Metric:
        """How long the model took, in microseconds."""
        return self.metric("ModelLatency", **options)

    def metric_overhead_latency(self, **options: Any) -> Metric:
        """How long SageMaker took besides, in microseconds; no metric of asynchronous endpoints."""
        return self.metric("OverheadLatency", **options)

    def metric_time_to_first_token(self, **options: Any) -> Metric:
        """How long callers waited for the first token, in milliseconds; where `signals` reads an image's records."""
        return self.metric("TimeToFirstToken", **options)

    def metric_time_per_output_token(self, **options: Any) -> Metric:
        """How long each further token took, in milliseconds; from records, too."""
        return self.metric("TimePerOutputToken", **options)

    def metric_input_tokens(self, **options: Any) -> Metric:
        """How many tokens callers sent; from records, too."""
        return self.metric("InputTokens", **options)

    def metric_output_tokens(self, **options: Any) -> Metric:
        """How many tokens the model wrote; from records, too."""
        return self.metric("OutputTokens", **options)

    def metric_backlog_size(self, **options: Any) -> Metric:
        """How many requests wait in the queue of an asynchronous endpoint."""
        return self.metric("ApproximateBacklogSize", **options)

    def metric_age_of_oldest_request(self, **options: Any) -> Metric:
        """How long the oldest of them waits, in seconds."""
        return self.metric("ApproximateAgeOfOldestRequest", **options)
