"""What captured requests cost: where they lie, and what makes copies of them that people may read.

SageMaker does not say how many requests it writes into one file, so that what is billed by file is counted at one file
for each request, the most there can be. https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from modelyard.blueprint.references import referred
from modelyard.catalog.naming import raw_capture_folder
from modelyard.pricing.band import Band
from modelyard.pricing.data_volume import gigabytes, stored_gb
from modelyard.pricing.function_meters import FunctionSize, function_lines
from modelyard.pricing.line import Line, unpriced
from modelyard.pricing.meters import (
    LOGS_INGESTED,
    METRIC_MONTH,
    METRIC_REQUESTS,
    OBJECT_READS,
    OBJECT_WRITES,
    OBJECTS_STORED,
)
from modelyard.pricing.month import Month, Served
from modelyard.pricing.record_volume import LOG_KIB_PER_CALL, SECONDS_PER_CALL, metric_months
from modelyard.pricing.resources import Properties, bucket_and_key, keep_days

# A captured record carries its own times, ids and content types besides what was said.
CAPTURE_RECORD_KIB = 1
# docs/data-capture.md: a request of 4.5 KB on one core, as it is and redacted.
_SECONDS_AS_IS, _SECONDS_REDACTED = Decimal("0.00024"), Decimal("0.0011")
# The raw file, its copy and the state of drift are written; raw file and state are read, and the copy is looked for.
_WRITES, _READS = 3, 3
# A test holds it against what the capture processor publishes.
CAPTURE_METRICS = 15


def capture_lines(capture: Properties, served: Served, month: Month) -> Iterator[Line]:
    """A `DataCaptureConfig`: what SageMaker writes, and the function that the bucket tells of it."""
    if not capture.get("EnableCapture"):
        return
    requests, traffic = served.requests, served.traffic
    percent = capture["InitialSamplingPercentage"]
    captured = requests.times(Decimal(percent) / 100) if requests else None
    size = None
    if traffic and traffic.request_kib is not None and traffic.response_kib is not None:
        size = traffic.request_kib + traffic.response_kib + CAPTURE_RECORD_KIB
    written = gigabytes(captured, size)
    bucket, key = bucket_and_key(month.foundation, capture["DestinationS3Uri"])
    processor = _told_of(bucket, f"{key}/")
    if processor is None:
        yield _kept(f"{percent} % of requests", bucket, key, written, month)
        yield month.line("capture", "writes, at most one per captured request", OBJECT_WRITES, captured)
        return
    redacts = key.startswith(raw_capture_folder(redact=True))
    copies = key.removeprefix(raw_capture_folder(redact=redacts))
    yield _kept(f"{percent} % of requests", bucket, copies, written, month)
    yield _kept("as SageMaker wrote them", bucket, key, written, month)
    at_most = "per captured request, at most"
    yield month.line("capture", f"{_WRITES} writes {at_most}", OBJECT_WRITES, _times(captured, _WRITES))
    yield month.line("capture", f"{_READS} reads {at_most}", OBJECT_READS, _times(captured, _READS))
    each = SECONDS_PER_CALL + (_SECONDS_REDACTED if redacts else _SECONDS_AS_IS)
    yield from function_lines(
        "capture",
        (f"one call of the capture processor {at_most}", "the capture processor at work"),
        FunctionSize.of(month.foundation, processor),
        calls=captured,
        seconds=_times(captured, each),
        month=month,
    )
    yield month.line("logs", "of the capture processor", LOGS_INGESTED, gigabytes(captured, LOG_KIB_PER_CALL))
    yield month.line("metrics", f"one call of PutMetricData {at_most}", METRIC_REQUESTS, captured)
    what = f"{CAPTURE_METRICS} metrics of captured requests, in the hours that have any"
    yield month.line("metrics", what, METRIC_MONTH, metric_months(CAPTURE_METRICS, traffic))


def _kept(what: str, bucket: Properties, key: str, written: Band | None, month: Month) -> Line:
    days = keep_days(bucket, f"{key}/")
    if days is None:
        return unpriced("capture", f"{what}, kept without an end")
    kept = f"{what}, kept {days} day{'' if days == 1 else 's'}"
    return month.line("capture", kept, OBJECTS_STORED, stored_gb(written, days))


def _told_of(bucket: Properties, key: str) -> str | None:
    """The function that a bucket tells of new objects below a key, by its logical id."""
    for told in bucket.get("NotificationConfiguration", {}).get("LambdaConfigurations", ()):
        rules = told.get("Filter", {}).get("S3Key", {}).get("Rules", ())
        if all(key.startswith(rule["Value"]) for rule in rules if rule["Name"].lower() == "prefix"):
            return referred(told["Function"])
    return None


def _times(band: Band | None, factor: Decimal | int) -> Band | None:
    return band.times(factor) if band else None
