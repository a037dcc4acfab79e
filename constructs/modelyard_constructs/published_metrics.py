"""Every metric that an endpoint publishes, by its name: where CloudWatch has it, and what is usually asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from modelyard.capacity.instances import instance
from modelyard.capacity.serving_image import instances_of
from modelyard.catalog.objectives import writes_records
from modelyard_constructs.endpoint_metric import of_captures, of_instances, of_queue, of_records, of_variant
from modelyard_constructs.endpoint_plan import EndpointPlan

# The metric in CloudWatch's words, and a statistic.
PublishedMetric = tuple[Mapping[str, Any], str]
_Where = Callable[[str, str], dict[str, Any]]
_COUNT, _TIME, _LEVEL = "Sum", "Average", "Maximum"
_ERRORS = ("Invocation4XXErrors", "Invocation5XXErrors")
_OF_STREAMS = ("FirstChunkLatency", "FirstChunkModelLatency")
_OF_QUEUES = (
    "ApproximateBacklogSize", "ApproximateBacklogSizePerInstance", "ApproximateAgeOfOldestRequest",
    "HasBacklogWithoutCapacity",
)  # fmt: skip
_OF_ASYNCHRONOUS = (
    "RequestDownloadFailures", "ResponseUploadFailures", "NotificationFailures", "ExpiredRequests",
    "InvocationFailures",
)  # fmt: skip
_TIMES_OF_ASYNCHRONOUS = ("RequestDownloadLatency", "ResponseUploadLatency", "TimeInBacklog", "TotalProcessingTime")
_OF_MODELS = ("ModelLoadingWaitTime", "ModelUnloadingTime", "ModelDownloadingTime", "ModelLoadingTime", "ModelCacheHit")
_TIMES_OF_RECORDS = ("TimeToFirstToken", "TimePerOutputToken", "RequestLatency", "QueueTime")
_OF_RECORDS = ("InputTokens", "OutputTokens", "CachedInputTokens", "Requests", "Errors", "RecordsDropped")
_OF_CAPTURES = ("Events", "EventsOneSided", "LinesMalformed", "LinesRepeated", "Refusals", "Replaced")
_DISTANCES = ("RefusalShare", "InputLengthPsi", "OutputLengthPsi", "LanguagePsi", "RefusalPsi")


def published_metrics(plan: EndpointPlan) -> dict[str, PublishedMetric]:
    """The endpoint's metrics; a test holds them against what AWS documents for each kind."""
    found: dict[str, PublishedMetric] = {}
    for where, statistic, names in _groups(plan):
        found |= {name: (where(name, plan.endpoint_name), statistic) for name in names}
    return found


def _groups(plan: EndpointPlan) -> Iterator[tuple[_Where, str, tuple[str, ...]]]:
    kind = plan.endpoint.kind
    yield of_variant, _COUNT, _ERRORS
    yield of_variant, _TIME, ("ModelLatency",)
    if kind == "async":
        yield of_variant, _COUNT, _OF_ASYNCHRONOUS
        yield of_variant, _TIME, _TIMES_OF_ASYNCHRONOUS
        yield of_queue, _LEVEL, _OF_QUEUES
    else:
        yield of_variant, _COUNT, ("Invocations",)
        yield of_variant, _TIME, ("OverheadLatency",)
    if kind in ("real-time", "multi-model"):
        yield of_variant, _COUNT, ("InvocationsPerInstance", "InvocationModelErrors")
    if kind == "real-time":
        yield of_variant, _TIME, _OF_STREAMS
        yield of_variant, _COUNT, ("MidStreamErrors",)
        yield of_variant, _LEVEL, ("ConcurrentRequestsPerModel",)
    if kind == "multi-model":
        yield of_variant, _TIME, _OF_MODELS
        yield of_instances, _LEVEL, ("LoadedModelCount",)
    if kind == "serverless":
        yield of_variant, _TIME, ("ModelSetupTime",)
        yield of_variant, _LEVEL, ("ServerlessConcurrentExecutionsUtilization",)
        yield of_instances, _LEVEL, ("MemoryUtilization",)
    else:
        yield of_instances, _LEVEL, ("CPUUtilization", "MemoryUtilization", "DiskUtilization")
        if any(found is not None and found.processor == "gpu" for found in map(instance, instances_of(plan.endpoint))):
            yield of_instances, _LEVEL, ("GPUUtilization", "GPUMemoryUtilization")
    if plan.target.environment.signals is not None:
        if writes_records(plan.endpoint):
            yield of_records, _TIME, _TIMES_OF_RECORDS
            yield of_records, _COUNT, _OF_RECORDS
        if plan.capture is not None:
            yield of_captures, _COUNT, _OF_CAPTURES
            yield of_captures, _TIME, _DISTANCES
