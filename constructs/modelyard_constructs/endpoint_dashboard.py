"""What an endpoint does, on one page: its alarms, and the metrics that its kind really has."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.blueprint.construct import Scope
from modelyard.blueprint.resource import Resource
from modelyard.capacity.instances import instance
from modelyard.capacity.serving_image import instances_of
from modelyard.catalog.objectives import objectives, writes_records
from modelyard_constructs.alarm_words import RUNBOOK, runbook_folder
from modelyard_constructs.dashboard_widget import Line, Widget, alarm_states, body, graph, literal, text
from modelyard_constructs.endpoint_alarms import ANY_ALARM
from modelyard_constructs.endpoint_metric import of_instances, of_queue, of_records, of_variant
from modelyard_constructs.endpoint_plan import EndpointPlan

# The first percentiles of a latency that anybody asks for.
_PERCENTILES = ("p50", "p90", "p99")


class EndpointDashboard(Resource):
    """`modelyard-<environment>-<entry>` in CloudWatch, where the entry asks for it."""

    def __init__(self, scope: Scope, logical_id: str, *, plan: EndpointPlan) -> None:
        super().__init__(
            scope,
            logical_id,
            type="AWS::CloudWatch::Dashboard",
            properties={
                "DashboardName": plan.target.stack_name(plan.entry.name),
                # CloudFormation fills in the ARNs of the alarms.
                "DashboardBody": {"Fn::Sub": body(_widgets(plan))},
                "Tags": plan.tags.listing("dashboard"),
            },
        )


def _widgets(plan: EndpointPlan) -> Iterator[Widget]:
    kind = plan.endpoint.kind
    yield text(
        literal(
            f"## {plan.endpoint_name}\n{kind} endpoint of team {plan.endpoint.team}: {plan.entry.model_label}. "
            f"What each alarm means and what to do first: {runbook_folder(plan)}/{RUNBOOK}"
        )
    )
    alarms = [ANY_ALARM, *(objective.logical_id for objective in objectives(plan.endpoint, plan.target.environment))]
    yield alarm_states("Alarms", [f"${{{logical_id}.Arn}}" for logical_id in alarms])
    for title, unit, lines in _graphs(plan):
        yield graph(title, lines, region=plan.target.region, unit=unit)


def _graphs(plan: EndpointPlan) -> Iterator[tuple[str, str, list[Line]]]:
    kind = plan.endpoint.kind
    if kind == "async":
        yield from _queue(plan)
    else:
        yield "Requests", "requests a minute", [_line(plan, "Invocations", "Sum", "all")]
    yield "Errors", "requests a minute", _errors(plan)
    yield "Time in the model", "microseconds", [_line(plan, "ModelLatency", one, one) for one in _PERCENTILES]
    if kind != "async":
        yield "Time in SageMaker", "microseconds", [_line(plan, "OverheadLatency", one, one) for one in _PERCENTILES]
    if plan.target.environment.signals is not None and writes_records(plan.endpoint):
        yield from _records(plan)
    if kind == "real-time":
        yield "Requests at a time", "requests", [_line(plan, "ConcurrentRequestsPerModel", "Maximum", "most")]
    if kind == "multi-model":
        yield "Models found loaded", "share", [_line(plan, "ModelCacheHit", "Average", "share of requests")]
        waits = [_line(plan, "ModelLoadingWaitTime", one, one) for one in ("p50", "p99")]
        yield "Wait for a model to load", "microseconds", waits
    if kind == "serverless":
        used = _line(plan, "ServerlessConcurrentExecutionsUtilization", "Maximum", "most")
        yield "Share of its concurrency", "share", [used]
        yield "Cold starts", "microseconds", [_line(plan, "ModelSetupTime", one, one) for one in ("p50", "p99")]
        memory = (of_instances("MemoryUtilization", plan.endpoint_name), "Maximum", "memory")
        yield "Memory", "percent", [memory]
    else:
        yield from _instances(plan)


def _errors(plan: EndpointPlan) -> list[Line]:
    kinds = {"5XX": "Invocation5XXErrors", "4XX": "Invocation4XXErrors"}
    if plan.endpoint.kind == "async":
        kinds |= {
            "not answered": "InvocationFailures",
            "expired": "ExpiredRequests",
            "input not read": "RequestDownloadFailures",
            "answer not written": "ResponseUploadFailures",
        }
    elif plan.endpoint.kind != "serverless":
        kinds["no answer, or none with 2XX"] = "InvocationModelErrors"
    return [_line(plan, metric, "Sum", label) for label, metric in kinds.items()]


def _queue(plan: EndpointPlan) -> Iterator[tuple[str, str, list[Line]]]:
    name = plan.endpoint_name
    yield "Requests that wait", "requests", [(of_queue("ApproximateBacklogSize", name), "Maximum", "all")]
    yield "Age of the oldest", "seconds", [(of_queue("ApproximateAgeOfOldestRequest", name), "Maximum", "oldest")]
    waited = of_queue("HasBacklogWithoutCapacity", name)
    yield "Requests and no instance", "1 is yes", [(waited, "Maximum", "without capacity")]
    yield "Time in the queue", "milliseconds", [_line(plan, "TimeInBacklog", one, one) for one in _PERCENTILES]


def _records(plan: EndpointPlan) -> Iterator[tuple[str, str, list[Line]]]:
    name = plan.endpoint_name
    for title, metric in {
        "Time to first token": "TimeToFirstToken",
        "Time per output token": "TimePerOutputToken",
    }.items():
        yield title, "milliseconds", [(of_records(metric, name), one, one) for one in _PERCENTILES]
    tokens = {"in": "InputTokens", "out": "OutputTokens"}
    yield "Tokens", "tokens a minute", [(of_records(metric, name), "Sum", label) for label, metric in tokens.items()]
    # SageMaker counts an answer by the status that was sent first, whatever became of it then.
    failed = (of_records("Errors", name), "Sum", "failed, or broken off after their status")
    yield "Answers as recorded", "requests a minute", [(of_records("Requests", name), "Sum", "all"), failed]
    yield "Records dropped", "records a minute", [(of_records("RecordsDropped", name), "Sum", "dropped")]


def _instances(plan: EndpointPlan) -> Iterator[tuple[str, str, list[Line]]]:
    name = plan.endpoint_name
    used = {"CPU (100 is one)": "CPUUtilization", "memory": "MemoryUtilization", "disk": "DiskUtilization"}
    lines = [(of_instances(metric, name), "Maximum", label) for label, metric in used.items()]
    yield "Fullest instance", "percent", lines
    if any(found is not None and found.processor == "gpu" for found in map(instance, instances_of(plan.endpoint))):
        used = {"busy (100 is one)": "GPUUtilization", "memory (100 is one)": "GPUMemoryUtilization"}
        yield "GPUs", "percent", [(of_instances(metric, name), "Maximum", label) for label, metric in used.items()]


def _line(plan: EndpointPlan, metric: str, statistic: str, label: str) -> Line:
    return of_variant(metric, plan.endpoint_name), statistic, label
