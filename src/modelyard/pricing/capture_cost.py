"""What captured requests cost: where they lie, and, with signals, the processor that makes copies people may read.

SageMaker does not say how many requests it writes into one file, so that what is billed by file is counted at one file
for each request, the most there can be. https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from modelyard.catalog.entry import AnyEndpoint
from modelyard.catalog.schema import Environment, ServerlessEndpoint
from modelyard.pricing.band import Band
from modelyard.pricing.line import Line, Rates, line
from modelyard.pricing.meters import (
    FUNCTION_GB_SECOND,
    FUNCTION_REQUESTS,
    LOGS_INGESTED,
    METRIC_MONTH,
    METRIC_REQUESTS,
    OBJECT_READS,
    OBJECT_WRITES,
    OBJECTS_STORED,
)
from modelyard.pricing.monitoring_cost import gigabytes, stored_gb
from modelyard.pricing.processing_cost import function_gb_seconds
from modelyard.pricing.record_volume import LOG_KIB_PER_CALL, SECONDS_PER_CALL, metric_months
from modelyard.pricing.usage import Traffic

# A captured record carries its own times, ids and content types besides what was said.
CAPTURE_RECORD_KIB = 1
# docs/data-capture.md: a request of 4.5 KB on one core, as it is and redacted.
_SECONDS_AS_IS, _SECONDS_REDACTED = Decimal("0.00024"), Decimal("0.0011")
# The raw file, its copy and the state of drift are written; raw file and state are read, and the copy is looked for.
_WRITES, _READS = 3, 3
# A test holds it against what the capture processor publishes.
CAPTURE_METRICS = 15


def capture_lines(
    endpoint: AnyEndpoint, environment: Environment, requests: Band | None, traffic: Traffic | None, rates: Rates
) -> Iterator[Line]:
    """What capture costs one endpoint; nothing where it captures nothing."""
    if isinstance(endpoint, ServerlessEndpoint) or endpoint.capture is None:
        return
    capture, signals = endpoint.capture, environment.signals
    captured = requests.times(Decimal(capture.sample_percent) / 100) if requests else None
    size = None
    if traffic and traffic.request_kib is not None and traffic.response_kib is not None:
        size = traffic.request_kib + traffic.response_kib + CAPTURE_RECORD_KIB
    written = gigabytes(captured, size)
    what = f"{capture.sample_percent} % of requests, kept {capture.keep_days} days"
    yield line("capture", what, OBJECTS_STORED, stored_gb(written, capture.keep_days), rates)
    if signals is None:
        yield line("capture", "writes, at most one per captured request", OBJECT_WRITES, captured, rates)
        return
    raw_days = signals.raw_capture_keep_days
    what = f"as SageMaker wrote them, kept {raw_days} day{'' if raw_days == 1 else 's'}"
    yield line("capture", what, OBJECTS_STORED, stored_gb(written, raw_days), rates)
    at_most = "per captured request, at most"
    yield line("capture", f"{_WRITES} writes {at_most}", OBJECT_WRITES, _times(captured, _WRITES), rates)
    yield line("capture", f"{_READS} reads {at_most}", OBJECT_READS, _times(captured, _READS), rates)
    yield line("capture", f"one call of the capture processor {at_most}", FUNCTION_REQUESTS, captured, rates)
    each = SECONDS_PER_CALL + (_SECONDS_REDACTED if capture.redact else _SECONDS_AS_IS)
    gb_seconds = function_gb_seconds(_times(captured, each))
    yield line("capture", "the capture processor at work", FUNCTION_GB_SECOND, gb_seconds, rates)
    yield line("logs", "of the capture processor", LOGS_INGESTED, gigabytes(captured, LOG_KIB_PER_CALL), rates)
    yield line("metrics", f"one call of PutMetricData {at_most}", METRIC_REQUESTS, captured, rates)
    what = f"{CAPTURE_METRICS} metrics of captured requests, in the hours that have any"
    yield line("metrics", what, METRIC_MONTH, metric_months(CAPTURE_METRICS, traffic), rates)


def _times(band: Band | None, factor: Decimal | int) -> Band | None:
    return band.times(factor) if band else None
