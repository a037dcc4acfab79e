"""Runs as a Lambda function under somebody else's role and tries calls: what the role may do is seen, not read.

This file alone is the function's archive; boto3 is the runtime's.
"""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import ClientError


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Who this is, and for each call of `event["calls"]` None if it was allowed, else AWS's error code."""
    answers: list[str | None] = []
    for call in event["calls"]:
        client = boto3.client(call["service"])
        try:
            getattr(client, call["operation"])(**call["parameters"])
            answers.append(None)
        except ClientError as error:
            answers.append(error.response["Error"]["Code"])
    return {"identity": boto3.client("sts").get_caller_identity()["Arn"], "answers": answers}
