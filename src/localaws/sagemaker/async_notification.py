"""The SNS messages of asynchronous endpoints.

Schema: https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html; a TestNotification is
published when the endpoint is created or updated, so that a missing permission fails the deployment, not a request.
"""

import base64
import json
from datetime import datetime
from typing import Any

from localaws.sagemaker.async_request import AsyncRequest

# An SNS message holds 256 KB; AWS adds response bodies of up to 128 KB.
MOST_INCLUDED_BYTES = 128 * 1024


def test_message() -> str:
    """What a topic gets when an endpoint with it is deployed."""
    return json.dumps({"eventVersion": "1.0", "eventSource": "aws:sagemaker", "eventName": "TestNotification"})


def success_message(
    request: AsyncRequest, *, endpoint: str, region: str, now: datetime, content_type: str, body: bytes | None
) -> str:
    """The message of a completed request; `body` is the response when the endpoint includes it, else None."""
    message = _common(request, endpoint=endpoint, region=region, now=now, status="Completed")
    message["responseParameters"] = {"contentType": content_type, "outputLocation": str(request.output_location)}
    if body is not None:
        message["responseBody"] = _included(body)
    return json.dumps(message)


def error_message(
    request: AsyncRequest, *, endpoint: str, region: str, now: datetime, reason: str, body: bytes | None
) -> str:
    """The message of a failed request; `body` is the container's response when the endpoint includes it, else None."""
    message = _common(request, endpoint=endpoint, region=region, now=now, status="Failed")
    message["failureReason"] = reason
    if body is not None:
        message["responseBody"] = _included(body)
    return json.dumps(message)


def _common(request: AsyncRequest, *, endpoint: str, region: str, now: datetime, status: str) -> dict[str, Any]:
    parameters = {"accept": request.accept, "contentType": request.content_type, "endpointName": endpoint}
    if request.input_location is not None:
        parameters["inputLocation"] = str(request.input_location)
    if request.custom_attributes is not None:
        parameters["customAttributes"] = request.custom_attributes
    return {
        "awsRegion": region,
        "eventTime": _timestamp(now),
        "receivedTime": _timestamp(request.received_at),
        "invocationStatus": status,
        "requestParameters": parameters,
        "inferenceId": request.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def _included(body: bytes) -> dict[str, str]:
    if len(body) > MOST_INCLUDED_BYTES:
        return {"message": "Response body is larger than 128 KB and is not included.", "encoding": "BASE64"}
    return {"content": base64.b64encode(body).decode("ascii"), "encoding": "BASE64"}


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
