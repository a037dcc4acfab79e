"""The metrics that SageMaker publishes for an endpoint, as alarms, dashboards and scaling policies name them.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-monitoring.html
"""

from __future__ import annotations

from typing import Any

from modelyard.catalog.naming import VARIANT_NAME

NAMESPACE = "AWS/SageMaker"
# CPU, memory, disk and GPUs of the instances lie apart from what is counted of requests.
INSTANCE_NAMESPACE = "/aws/sagemaker/Endpoints"
# What the stream processor publishes of the records that containers write (lambdas/stream_processor).
RECORD_NAMESPACE = "modelyard/Requests"
# What the capture processor publishes of captured requests (lambdas/capture_processor/metric_publication.py).
CAPTURE_NAMESPACE = "modelyard/Capture"


def of_variant(metric: str, endpoint_name: str, *, namespace: str = NAMESPACE) -> dict[str, Any]:
    """A metric of the endpoint's one variant: invocations, errors, latencies in microseconds."""
    dimensions = _dimensions(EndpointName=endpoint_name, VariantName=VARIANT_NAME)
    return {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}


def of_instances(metric: str, endpoint_name: str) -> dict[str, Any]:
    """A metric of the variant's instances, in percent of one CPU or GPU: those of four reach 400."""
    return of_variant(metric, endpoint_name, namespace=INSTANCE_NAMESPACE)


def of_records(metric: str, endpoint_name: str) -> dict[str, Any]:
    """A metric of the endpoint's request records: durations in milliseconds, counts."""
    return of_variant(metric, endpoint_name, namespace=RECORD_NAMESPACE)


def of_captures(metric: str, endpoint_name: str) -> dict[str, Any]:
    """A metric of the endpoint's captured requests: counts, and how far a window lies from its baseline."""
    return of_variant(metric, endpoint_name, namespace=CAPTURE_NAMESPACE)


def of_queue(metric: str, endpoint_name: str) -> dict[str, Any]:
    """A metric of an asynchronous endpoint's queue, which knows no variants."""
    return {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": _dimensions(EndpointName=endpoint_name)}


def _dimensions(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]
