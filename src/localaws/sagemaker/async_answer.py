"""Answers one asynchronous request: input from S3, the container, the answer to S3, word to SNS.

Everything outside is done with the execution role (https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html).
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from localaws.errors import AwsError
from localaws.sagemaker import async_notification, container_request
from localaws.sagemaker.async_request import AsyncRequest
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.endpoint import Endpoint
from localaws.sagemaker.invocation_metrics import COUNT, MICROSECONDS, MILLISECONDS, InvocationMetrics
from localaws.sagemaker.s3_uri import S3Uri
from localaws.sagemaker.variant import Variant

_log = logging.getLogger(__name__)

# https://docs.aws.amazon.com/sagemaker/latest/dg/deploy-model-options.html
MOST_INPUT_BYTES = 1024**3


class _Failure(Exception):
    """A request that failed, with the reason for its owner and the metric it counts under."""

    def __init__(self, reason: str, *, metric: str = "InvocationFailures", body: bytes | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.metric = metric
        self.body = body


class AsyncAnswerer:
    """Answers the requests of one endpoint. Safe to use from several threads."""

    def __init__(self, *, endpoint: Endpoint, dependencies: Dependencies, metrics: InvocationMetrics) -> None:
        self._endpoint = endpoint
        self._dependencies = dependencies
        self._metrics = metrics
        self._http = httpx.Client(trust_env=False)

    def close(self) -> None:
        """Let go of the connections to containers."""
        self._http.close()

    def answer(self, request: AsyncRequest, variant: Variant) -> None:
        """Carry the request out; whatever goes wrong is reported where the endpoint's configuration says."""
        self._count("TimeInBacklog", _milliseconds(self._now() - request.received_at), MILLISECONDS, variant)
        try:
            response = self._invoke(variant, request)
            self._upload(variant, request.output_location, response.content, _content_type(response))
            self._notify_success(variant, request, response)
            self._count("InvocationsProcesssed", 1, COUNT, variant)  # spelled so in AWS's documentation
        except _Failure as failure:
            self._report(variant, request, failure)
        self._count("TotalProcessingTime", _milliseconds(self._now() - request.received_at), MILLISECONDS, variant)

    def expire(self, request: AsyncRequest, variant: Variant) -> None:
        """Report a request that waited longer than its RequestTTLSeconds."""
        failure = _Failure("The request expired before it could be processed.", metric="ExpiredRequests")
        self._report(variant, request, failure)

    def _invoke(self, variant: Variant, request: AsyncRequest) -> httpx.Response:
        body = self._input(variant, request)
        began = time.monotonic()
        try:
            response = container_request.send(
                self._http,
                variant.containers,
                body,
                headers=container_request.headers(
                    content_type=request.content_type,
                    accept=request.accept,
                    custom_attributes=request.custom_attributes,
                    inference_id=request.inference_id,
                ),
                timeout_seconds=request.timeout_seconds,
            )
        except httpx.TimeoutException:
            raise _Failure(
                f"The model did not answer within InvocationTimeoutSeconds ({request.timeout_seconds} seconds)."
            ) from None
        except httpx.TransportError as error:
            variant.revive()
            raise _Failure(f"The container does not answer: {error}") from error
        self._count("ModelLatency", (time.monotonic() - began) * 1e6, MICROSECONDS, variant)
        self._count("Invocation4XXErrors", int(400 <= response.status_code < 500), COUNT, variant)
        self._count("Invocation5XXErrors", int(response.status_code >= 500), COUNT, variant)
        if response.status_code >= 500:
            variant.suspect()
        if response.status_code >= 300:
            reason = container_request.refusal(response.status_code, response.text, which="primary")
            raise _Failure(reason, body=response.content)
        return response

    def _input(self, variant: Variant, request: AsyncRequest) -> bytes:
        location = request.input_location
        if location is None:
            return request.body
        began = time.monotonic()
        try:
            answer = self._client(variant, "s3").get_object(Bucket=location.bucket, Key=location.key)
            if answer["ContentLength"] > MOST_INPUT_BYTES:
                raise _Failure("The input object is larger than 1 GB.", metric="RequestDownloadFailures")
            body: bytes = answer["Body"].read()
        except (AwsError, ClientError, BotoCoreError) as error:
            reason = f"Failed to download the input from {location}: {error}"
            raise _Failure(reason, metric="RequestDownloadFailures") from error
        self._count("RequestDownloadLatency", (time.monotonic() - began) * 1e6, MICROSECONDS, variant)
        return body

    def _upload(self, variant: Variant, to: S3Uri, body: bytes, content_type: str) -> None:
        began = time.monotonic()
        key = self._output_config().get("KmsKeyId")
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        try:
            self._client(variant, "s3").put_object(
                Bucket=to.bucket, Key=to.key, Body=body, ContentType=content_type, **encryption
            )
        except (AwsError, ClientError, BotoCoreError) as error:
            reason = f"Failed to upload the response to {to}: {error}"
            raise _Failure(reason, metric="ResponseUploadFailures") from error
        self._count("ResponseUploadLatency", (time.monotonic() - began) * 1e6, MICROSECONDS, variant)

    def _notify_success(self, variant: Variant, request: AsyncRequest, response: httpx.Response) -> None:
        notification = self._output_config().get("NotificationConfig", {})
        included = "SUCCESS_NOTIFICATION_TOPIC" in notification.get("IncludeInferenceResponseIn", ())
        message = async_notification.success_message(
            request,
            endpoint=self._endpoint.name,
            region=self._endpoint.scope.region,
            now=self._now(),
            content_type=_content_type(response),
            body=response.content if included else None,
        )
        self._publish(variant, notification.get("SuccessTopic"), message)

    def _report(self, variant: Variant, request: AsyncRequest, failure: _Failure) -> None:
        """Count the failure, write its reason to S3FailurePath and tell the error topic."""
        _log.warning("async request %s of %s failed: %s", request.inference_id, self._endpoint.name, failure.reason)
        self._count(failure.metric, 1, COUNT, variant)
        if request.failure_location is not None:
            try:
                self._upload(variant, request.failure_location, failure.reason.encode(), "text/plain; charset=utf-8")
            except _Failure as second:
                self._count(second.metric, 1, COUNT, variant)
                _log.warning("its failure could not be written either: %s", second.reason)
        notification = self._output_config().get("NotificationConfig", {})
        included = "ERROR_NOTIFICATION_TOPIC" in notification.get("IncludeInferenceResponseIn", ())
        message = async_notification.error_message(
            request,
            endpoint=self._endpoint.name,
            region=self._endpoint.scope.region,
            now=self._now(),
            reason=failure.reason,
            body=failure.body if included else None,
        )
        self._publish(variant, notification.get("ErrorTopic"), message)

    def _publish(self, variant: Variant, topic: str | None, message: str) -> None:
        if topic is None:
            return
        try:
            self._client(variant, "sns").publish(TopicArn=topic, Message=message)
        except (AwsError, ClientError, BotoCoreError) as error:
            self._count("NotificationFailures", 1, COUNT, variant)
            _log.warning("a notification of %s could not be published: %s", self._endpoint.name, error)

    def _count(self, name: str, value: float, unit: str, variant: Variant) -> None:
        for dimensions in self._endpoint.dimensions_of(variant):
            self._metrics.add(self._endpoint.scope, name, value, unit, dimensions)

    def _client(self, variant: Variant, service: str) -> Any:
        role_arn = "" if variant.model is None else variant.model.role_arn
        return self._dependencies.roles.clients(role_arn, region=self._endpoint.scope.region).client(service)

    def _output_config(self) -> dict[str, Any]:
        output: dict[str, Any] = (self._endpoint.config.async_config or {}).get("OutputConfig", {})
        return output

    def _now(self) -> datetime:
        return self._dependencies.clock.now()


def _content_type(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "application/octet-stream"))


def _milliseconds(duration: timedelta) -> float:
    return duration.total_seconds() * 1000
