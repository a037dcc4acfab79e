"""What each alarm of an endpoint compares: metric, statistic, periods, threshold, and what no data means.

No data is no fault where errors are counted, and no answer where a state is measured: an endpoint without traffic has
no errors, one without instances has no disk. It is no news where something stays until it is found otherwise. One bad
period is a blip: an alarm wants two or more of them.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modelyard.capacity.instances import instance
from modelyard.capacity.serving_image import instances_of
from modelyard.catalog.objectives import Objective
from modelyard_constructs.endpoint_metric import of_captures, of_instances, of_queue, of_records, of_variant
from modelyard_constructs.endpoint_plan import EndpointPlan

_MICROSECONDS, _MILLISECONDS = 1_000_000, 1_000
_MINUTE = 60
_FIVE_MINUTES, _HOUR, _HOURS_PER_DAY = 300, 3_600, 24
_NO_FAULT, _NO_ANSWER, _NO_NEWS = "notBreaching", "missing", "ignore"
_DRIFT_FEATURES = ("InputLength", "OutputLength", "Language", "Refusal")

Condition = dict[str, Any]


def condition(objective: Objective, plan: EndpointPlan) -> Condition:
    """The properties by which an alarm judges."""
    return _CONDITIONS[objective.name](plan, objective.threshold)


def _server_errors(plan: EndpointPlan, threshold: float) -> Condition:
    if plan.endpoint.kind == "async":
        return _failures(threshold, failures=of_variant("Invocation5XXErrors", plan.endpoint_name))
    return _share(plan, threshold, "5XX answers", "errors", needed=2, errors="Invocation5XXErrors")


def _client_errors(plan: EndpointPlan, percent: float) -> Condition:
    return _share(plan, percent, "4XX answers", "errors", needed=3, errors="Invocation4XXErrors")


def _model_errors(plan: EndpointPlan, threshold: float) -> Condition:
    if plan.endpoint.kind == "async":
        return _failures(threshold, failures=of_variant("InvocationFailures", plan.endpoint_name))
    # AWS counts every request without a 2XX answer, lost connections and timeouts with them; 4XX is another alarm's.
    return _share(
        plan,
        threshold,
        "requests without an answer, or answered with 5XX",
        "(failures - FILL(refused, 0))",
        needed=2,
        failures="InvocationModelErrors",
        refused="Invocation4XXErrors",
    )


def _lost_requests(plan: EndpointPlan, threshold: float) -> Condition:
    names = {"expired": "ExpiredRequests", "unread": "RequestDownloadFailures", "unwritten": "ResponseUploadFailures"}
    return _failures(threshold, **{key: of_variant(metric, plan.endpoint_name) for key, metric in names.items()})


def _untold_answers(plan: EndpointPlan, threshold: float) -> Condition:
    return _failures(threshold, untold=of_variant("NotificationFailures", plan.endpoint_name))


def _latency(statistic: str) -> Callable[[EndpointPlan, float], Condition]:
    def of(plan: EndpointPlan, seconds: float) -> Condition:
        return {
            **of_variant("ModelLatency", plan.endpoint_name),
            "ExtendedStatistic": statistic,
            **_above(seconds * _MICROSECONDS, period=_FIVE_MINUTES, needed=3, of=3, without_data=_NO_FAULT),
        }

    return of


def _time_to_first_token(plan: EndpointPlan, seconds: float) -> Condition:
    # Records count milliseconds, where SageMaker counts microseconds.
    rule = _above(seconds * _MILLISECONDS, period=_FIVE_MINUTES, needed=3, of=3, without_data=_NO_FAULT)
    return {**of_records("TimeToFirstToken", plan.endpoint_name), "ExtendedStatistic": "p90", **rule}


def _records_dropped(plan: EndpointPlan, records: float) -> Condition:
    return _failures(records, dropped=of_records("RecordsDropped", plan.endpoint_name))


def _concurrency(plan: EndpointPlan, percent: float) -> Condition:
    # The metric is a fraction, and its average one over the requests of a minute: a burst of a minute is no saturation.
    used = of_variant("ServerlessConcurrentExecutionsUtilization", plan.endpoint_name)
    rule = _above(percent / 100, period=_MINUTE, needed=5, of=5, without_data=_NO_FAULT)
    return {**used, "Statistic": "Average", **rule, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}


def _disk(plan: EndpointPlan, percent: float) -> Condition:
    return _fullest_instance(plan, "DiskUtilization", percent)


def _gpu_memory(plan: EndpointPlan, percent: float) -> Condition:
    found = [instance(name) for name in instances_of(plan.endpoint)]
    gpus = max((one.accelerators or 1 for one in found if one is not None), default=1)
    return _fullest_instance(plan, "GPUMemoryUtilization", percent * gpus)


def _fullest_instance(plan: EndpointPlan, metric: str, threshold: float) -> Condition:
    rule = _above(threshold, period=_FIVE_MINUTES, needed=3, of=3, without_data=_NO_ANSWER)
    return {**of_instances(metric, plan.endpoint_name), "Statistic": "Maximum", **rule}


def _backlog_age(plan: EndpointPlan, seconds: float) -> Condition:
    return _longest_backlog(plan, "ApproximateAgeOfOldestRequest", seconds)


def _backlog_size(plan: EndpointPlan, requests: float) -> Condition:
    return _longest_backlog(plan, "ApproximateBacklogSize", requests)


def _longest_backlog(plan: EndpointPlan, metric: str, threshold: float) -> Condition:
    rule = _above(threshold, period=_MINUTE, needed=5, of=5, without_data=_NO_ANSWER)
    return {**of_queue(metric, plan.endpoint_name), "Statistic": "Maximum", **rule}


def _no_capacity(plan: EndpointPlan, minutes: float) -> Condition:
    rule = _above(1, period=_MINUTE, needed=int(minutes), of=int(minutes), without_data=_NO_ANSWER)
    waiting = of_queue("HasBacklogWithoutCapacity", plan.endpoint_name)
    # The least of a minute: one second with an instance is capacity.
    return {**waiting, "Statistic": "Minimum", **rule, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}


def _capture_silence(plan: EndpointPlan, requests: float) -> Condition:
    """Two whole hours in which a sample of the answered requests should have been captured and none was.

    SageMaker writes captured requests within minutes, so that those of an hour's end may come in the next one. All
    kinds publish a latency for each request that the model answered; asynchronous ones publish no other count.

    Of streamed answers no page says that they are captured, so that they are taken out, by the one metric that they
    alone have: an endpoint that only streams is never silent, and whether it captures anything is unknown.
    """
    whole = "answered"
    metrics = [
        _count("answered", of_variant("ModelLatency", plan.endpoint_name), period=_HOUR, statistic="SampleCount")
    ]
    if plan.endpoint.kind == "real-time":
        whole = "(answered - FILL(streamed, 0))"
        first_chunks = of_variant("FirstChunkModelLatency", plan.endpoint_name)
        metrics.append(_count("streamed", first_chunks, period=_HOUR, statistic="SampleCount"))
    silent = {
        "Id": "silent",
        "Label": "requests of an hour without a captured one",
        "Expression": f"IF(FILL(captured, 0) == 0 && {whole} >= {requests:g}, {whole}, 0)",
        "ReturnData": True,
    }
    captured = _count("captured", of_captures("Events", plan.endpoint_name), period=_HOUR)
    return {"Metrics": [silent, *metrics, captured], **_above(0, needed=2, of=2, without_data=_NO_FAULT)}


def _drift(plan: EndpointPlan, psi: float) -> Condition:
    """In two hours of a day the windows that filled were, on average, so far from the baseline in one of the features.

    A window fills with 500 records: every minute or once in a day. Until one says otherwise, what drifted has drifted.
    """
    widest = {"Id": "widest", "Label": "the feature that moved most", "ReturnData": True}
    widest["Expression"] = f"MAX([{', '.join(map(_metric_id, _DRIFT_FEATURES))}])"
    features = [
        _count(_metric_id(name), of_captures(f"{name}Psi", plan.endpoint_name), period=_HOUR, statistic="Average")
        for name in _DRIFT_FEATURES
    ]
    return {"Metrics": [widest, *features], **_above(psi, needed=2, of=_HOURS_PER_DAY, without_data=_NO_NEWS)}


def _metric_id(feature: str) -> str:
    return feature[0].lower() + feature[1:]


def _share(plan: EndpointPlan, percent: float, what: str, counted: str, *, needed: int, **metrics: str) -> Condition:
    """`counted` in percent of all requests, in `needed` of three times five minutes."""
    first, *_ = metrics
    expression = f"IF(requests > 0, 100 * {counted.replace(first, f'FILL({first}, 0)')} / requests, 0)"
    share = {"Id": "share", "Label": f"{what}, percent of requests", "Expression": expression, "ReturnData": True}
    counts = {**metrics, "requests": "Invocations"}
    return {
        "Metrics": [share, *(_count(key, of_variant(name, plan.endpoint_name)) for key, name in counts.items())],
        **_above(percent, needed=needed, of=3, without_data=_NO_FAULT),
    }


def _failures(threshold: float, **metrics: Condition) -> Condition:
    """How many requests fail in five minutes, of an endpoint that publishes no number of requests."""
    rule = _above(threshold, needed=2, of=3, without_data=_NO_FAULT)
    if len(metrics) == 1:
        [metric] = metrics.values()
        return {**metric, "Statistic": "Sum", "Period": _FIVE_MINUTES, **rule}
    together = " + ".join(f"FILL({key}, 0)" for key in metrics)
    lost = {"Id": "lost", "Label": "requests without an answer", "Expression": together, "ReturnData": True}
    return {"Metrics": [lost, *(_count(key, metric) for key, metric in metrics.items())], **rule}


def _count(key: str, metric: Condition, *, period: int = _FIVE_MINUTES, statistic: str = "Sum") -> Condition:
    stat = {"Metric": metric, "Stat": statistic, "Period": period}
    return {"Id": key, "MetricStat": stat, "ReturnData": False}


def _above(threshold: float, *, needed: int, of: int, without_data: str, period: int | None = None) -> Condition:
    """More than the threshold in `needed` of the last `of` periods; the periods of several metrics stand with them."""
    return {
        **({} if period is None else {"Period": period}),
        "EvaluationPeriods": of,
        "DatapointsToAlarm": needed,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": threshold,
        "TreatMissingData": without_data,
    }


_CONDITIONS: dict[str, Callable[[EndpointPlan, float], Condition]] = {
    "ServerErrors": _server_errors,
    "ClientErrors": _client_errors,
    "ModelErrors": _model_errors,
    "LostRequests": _lost_requests,
    "UntoldAnswers": _untold_answers,
    "Latency": _latency("p99"),
    "MedianLatency": _latency("p50"),
    "TimeToFirstToken": _time_to_first_token,
    "RecordsDropped": _records_dropped,
    "Concurrency": _concurrency,
    "Disk": _disk,
    "GpuMemory": _gpu_memory,
    "BacklogAge": _backlog_age,
    "BacklogSize": _backlog_size,
    "NoCapacity": _no_capacity,
    "CaptureSilence": _capture_silence,
    "Drift": _drift,
}
