"""The stream processor's entry point: a batch of the record stream in, the first place that failed out."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from lambdas.shared.known_endpoints import KnownEndpoints
from lambdas.shared.metric_data import value_bytes
from lambdas.shared.recent_ids import RecentIds
from lambdas.stream_processor.attribution import Attribution
from lambdas.stream_processor.delivery import Delivery
from lambdas.stream_processor.metric_publication import MetricPublication
from lambdas.stream_processor.processor import StreamProcessor
from lambdas.stream_processor.quarantine import Quarantine
from lambdas.stream_processor.settings import Settings

# Some 15 MB for each of two memories, a minute of a shard that is full of lines of 600 bytes.
_REMEMBERED_RECORDS = 50_000
_CALLS = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=3, read_timeout=20)

logger = Logger(service="stream-processor")


@lru_cache(maxsize=1)
def processor() -> StreamProcessor:
    """The processor of this execution environment, which remembers what it has done."""
    settings = Settings.of(os.environ)
    cloudwatch = boto3.client("cloudwatch", config=_CALLS)
    return StreamProcessor(
        delivery=Delivery(
            boto3.client("firehose", config=_CALLS),
            stream=settings.delivery_stream,
            delivered=RecentIds(capacity=_REMEMBERED_RECORDS),
            sleep=time.sleep,
        ),
        quarantine=Quarantine(boto3.client("s3", config=_CALLS), bucket=settings.bucket),
        metrics=MetricPublication(
            cloudwatch,
            environment_name=settings.environment_name,
            counted=RecentIds(capacity=_REMEMBERED_RECORDS),
            now=lambda: datetime.now(UTC),
            value_bytes=value_bytes(cloudwatch),
        ),
        attribution=Attribution(
            known=KnownEndpoints(boto3.client("sagemaker", config=_CALLS), clock=time.monotonic),
            variants=settings.variants,
            log_groups_vouch=not settings.containers_put_records,
        ),
        aggregates=settings.aggregates,
    )


@logger.inject_lambda_context
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Process a Kinesis event.

    Answers a partial batch response: Lambda sends the batch again from the first place that failed.
    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
    """
    records = event["Records"]
    outcome = processor().process(records)
    counts = {"read": outcome.read, "poison": outcome.poison, "duplicates": outcome.duplicates}
    if outcome.too_old_for_metrics:
        logger.warning("records are outside of what CloudWatch accepts", extra={"count": outcome.too_old_for_metrics})
    if outcome.failed_from is None:
        logger.info("batch processed", extra=counts)
        return {"batchItemFailures": []}
    logger.warning("batch must come again", extra={**counts, "place": outcome.failed_from, "reason": outcome.failure})
    return {"batchItemFailures": [{"itemIdentifier": records[outcome.failed_from]["kinesis"]["sequenceNumber"]}]}
