"""One asynchronous inference request and where its answer goes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from localaws.sagemaker import s3_uri
from localaws.sagemaker.s3_uri import S3Uri

# API_runtime_InvokeEndpointAsync, RequestTTLSeconds and InvocationTimeoutSeconds.
DEFAULT_TTL_SECONDS = 21600
DEFAULT_TIMEOUT_SECONDS = 900


@dataclass(frozen=True)
class AsyncRequest:
    """As InvokeEndpointAsync took it; either `input_location` or `body` is there."""

    inference_id: str
    input_location: S3Uri | None
    body: bytes
    content_type: str
    accept: str
    custom_attributes: str | None
    received_at: datetime
    ttl_seconds: int
    timeout_seconds: int
    output_location: S3Uri
    failure_location: S3Uri | None

    @property
    def expires_at(self) -> datetime:
        return self.received_at + timedelta(seconds=self.ttl_seconds)


def from_members(
    members: dict[str, Any], body: bytes, *, inference_id: str, output_config: dict[str, Any], received_at: datetime
) -> AsyncRequest:
    """Build the request from the members of InvokeEndpointAsyncInput and the endpoint's OutputConfig.

    The answer's key is `<S3OutputPath>/<S3OutputPathExtension>/<Filename or inference id>.out`, a failure's
    `<S3FailurePath>/<...>-error.out`.
    """
    name = members.get("Filename", inference_id)
    extension = members.get("S3OutputPathExtension", "")
    failure_path = output_config.get("S3FailurePath")
    location = members.get("InputLocation")
    return AsyncRequest(
        inference_id=inference_id,
        input_location=None if location is None else s3_uri.parse(location),
        body=body,
        content_type=members.get("ContentType", "application/octet-stream"),
        accept=members.get("Accept", "*/*"),
        custom_attributes=members.get("CustomAttributes"),
        received_at=received_at,
        ttl_seconds=members.get("RequestTTLSeconds", DEFAULT_TTL_SECONDS),
        timeout_seconds=members.get("InvocationTimeoutSeconds", DEFAULT_TIMEOUT_SECONDS),
        output_location=s3_uri.parse(output_config["S3OutputPath"]).joined(extension, f"{name}.out"),
        failure_location=None
        if failure_path is None
        else s3_uri.parse(failure_path).joined(extension, f"{name}-error.out"),
    )
