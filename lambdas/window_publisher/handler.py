"""The window publisher's entry point: a batch of the window stream in, the first place that failed out."""

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
from lambdas.window_publisher.publisher import WindowPublisher

# Five rows for each variant and minute: of 1,000 variants, what was published in the last 10 minutes.
_REMEMBERED_ROWS = 50_000
_CALLS = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=3, read_timeout=20)

logger = Logger(service="window-publisher")


@lru_cache(maxsize=1)
def publisher() -> WindowPublisher:
    """The publisher of this execution environment, which remembers what it has done."""
    cloudwatch = boto3.client("cloudwatch", config=_CALLS)
    return WindowPublisher(
        cloudwatch,
        published=RecentIds(capacity=_REMEMBERED_ROWS),
        now=lambda: datetime.now(UTC),
        known=KnownEndpoints(boto3.client("sagemaker", config=_CALLS), clock=time.monotonic),
        variants=frozenset(os.environ["MODELYARD_VARIANTS"].split(",")),
        value_bytes=value_bytes(cloudwatch),
    )


@logger.inject_lambda_context
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish a Kinesis event.

    Answers a partial batch response: Lambda sends the batch again from the first place that failed.
    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
    """
    records = event["Records"]
    outcome = publisher().publish(records)
    counts = {"published": outcome.published, "repeated": outcome.repeated}
    if outcome.too_old:
        logger.warning("rows are outside of what CloudWatch accepts", extra={"count": outcome.too_old})
    if outcome.refused:
        logger.warning("rows name no endpoint of this account", extra={"count": outcome.refused})
    if outcome.failed_from is None:
        logger.info("batch published", extra=counts)
        return {"batchItemFailures": []}
    logger.warning("batch must come again", extra={**counts, "place": outcome.failed_from, "reason": outcome.failure})
    return {"batchItemFailures": [{"itemIdentifier": records[outcome.failed_from]["kinesis"]["sequenceNumber"]}]}
