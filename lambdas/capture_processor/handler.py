"""The capture processor's entry point: S3 tells of a new raw file."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from lambdas.capture_processor.capture_store import CaptureStore
from lambdas.capture_processor.metric_publication import MetricPublication
from lambdas.capture_processor.processor import CaptureProcessor
from lambdas.capture_processor.raw_key import NoRawCapture
from lambdas.capture_processor.settings import Settings

_CALLS = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=3, read_timeout=60)

logger = Logger(service="capture-processor")


@lru_cache(maxsize=1)
def processor() -> CaptureProcessor:
    """The processor of this execution environment."""
    settings = Settings.of(os.environ)
    return CaptureProcessor(
        store=CaptureStore(boto3.client("s3", config=_CALLS), bucket=settings.bucket),
        metrics=MetricPublication(boto3.client("cloudwatch", config=_CALLS)),
        baseline_records=settings.baseline_records,
        window_records=settings.window_records,
    )


@logger.inject_lambda_context
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Process an S3 event; an error makes Lambda repeat it twice and then hand it to the queue of failures.

    Keys come URL-encoded, and the bucket is the one that the function was told, whatever the event says.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    outcomes = {}
    # What S3 sends when a notification is set up has no records.
    for record in event.get("Records", []):
        key = unquote_plus(record["s3"]["object"]["key"])
        try:
            outcome = processor().process(key)
        except NoRawCapture as error:
            logger.warning("not processed", extra={"reason": str(error)})
            continue
        outcomes[key] = outcome.done
        logger.info("raw file processed", extra={"key": key, "outcome": outcome.done, **outcome.counts})
    return outcomes
