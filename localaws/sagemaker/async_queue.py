"""The queue of one asynchronous endpoint: input from S3, answer to S3, word to SNS, all with the execution role.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html. While the endpoint has no instance the queue
waits; it is as many requests wide as the instances are booked to answer at once, though one process answers for all of
them."""

import logging
import threading
import time
from collections import deque
from datetime import datetime, timedelta
from typing import Any

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from localaws.errors import AwsError
from localaws.sagemaker import async_notification, container_request
from localaws.sagemaker.async_request import AsyncRequest
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.endpoint import Endpoint
from localaws.sagemaker.invocation_metrics import COUNT, MICROSECONDS, MILLISECONDS, SECONDS, InvocationMetrics
from localaws.sagemaker.request_count import Admission
from localaws.sagemaker.s3_uri import S3Uri
from localaws.sagemaker.variant import Variant

_log = logging.getLogger(__name__)

# "If no value is provided, SageMaker chooses an optimal value" (API_AsyncInferenceClientConfig).
CHOSEN_CONCURRENCY = 4
MOST_INPUT_BYTES = 1024**3
# CloudWatch shows backlog metrics per minute; several values a minute are needed for its statistics.
_PUBLISH_EVERY_SECONDS = 10
_LOOK_EVERY_SECONDS = 0.1
_CLOSE_SECONDS = 5.0


class _Failure(Exception):
    """A request that failed, with the reason for its owner and the metric it counts under."""

    def __init__(self, reason: str, *, metric: str = "InvocationFailures", body: bytes | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.metric = metric
        self.body = body


class AsyncQueue:
    """Takes requests with `put`, answers them on threads of its own until `close`."""

    def __init__(self, *, endpoint: Endpoint, dependencies: Dependencies, metrics: InvocationMetrics) -> None:
        self._endpoint = endpoint
        self._dependencies = dependencies
        self._metrics = metrics
        self._waiting: deque[AsyncRequest] = deque()
        self._running = 0
        self._changed = threading.Condition()
        self._closed = False
        self._http = httpx.Client(trust_env=False)
        self._next_publication = dependencies.clock.now()
        self._thread = threading.Thread(target=self._dispatch, name=f"async-{endpoint.name}", daemon=True)
        self._thread.start()

    def put(self, request: AsyncRequest) -> None:
        """Queue a request; it is answered when an instance has room."""
        with self._changed:
            self._waiting.append(request)
            self._changed.notify()

    def look_again(self) -> None:
        """The fleet changed: there may be room now."""
        with self._changed:
            self._changed.notify()

    def close(self) -> None:
        """Drop what waits, as deleting the endpoint does on AWS; what runs gets a moment to end."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._running == 0, timeout=_CLOSE_SECONDS)
        self._thread.join()
        self._http.close()

    @property
    def backlog(self) -> int:
        """Requests that wait or run, as ApproximateBacklogSize counts them."""
        with self._changed:
            return len(self._waiting) + self._running

    def _dispatch(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                request = self._next()
                if request is None:
                    self._changed.wait(_LOOK_EVERY_SECONDS)
                else:
                    self._running += 1
            if request is not None:
                threading.Thread(
                    target=self._handle, args=(request,), name=f"async-{request.inference_id}", daemon=True
                ).start()
            self._publish_gauges()

    def _next(self) -> AsyncRequest | None:
        """The next request that may run now: one that is expired always may, for it only has to be reported."""
        if not self._waiting:
            return None
        if self._waiting[0].expires_at <= self._now() or self._running < self._width():
            return self._waiting.popleft()
        return None

    def _width(self) -> int:
        fleet = self._endpoint.serving_fleet()
        if fleet is None or not any(variant.has_capacity for variant in fleet.variants):
            return 0
        client = (fleet.config.async_config or {}).get("ClientConfig", {})
        per_instance: int = client.get("MaxConcurrentInvocationsPerInstance", CHOSEN_CONCURRENCY)
        return per_instance * sum(variant.current_count for variant in fleet.variants)

    def _handle(self, request: AsyncRequest) -> None:
        began = self._now()
        variant = self._enter_variant()
        try:
            if request.expires_at <= began:
                raise _Failure("The request expired before it could be processed.", metric="ExpiredRequests")
            if variant is None:
                self._requeue(request)
                return
            self._count("TimeInBacklog", _milliseconds(began - request.received_at), MILLISECONDS, variant)
            response = self._invoke(variant, request)
            self._upload(variant, request.output_location, response.content, _content_type(response))
            self._notify_success(variant, request, response)
            self._count("InvocationsProcesssed", 1, COUNT, variant)
        except _Failure as failure:
            self._fail(variant, request, failure)
        finally:
            if variant is not None:
                variant.requests.leave()
                self._count(
                    "TotalProcessingTime", _milliseconds(self._now() - request.received_at), MILLISECONDS, variant
                )
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _enter_variant(self) -> Variant | None:
        """A variant with a place taken in it; None when no instance is there any more."""
        fleet = self._endpoint.serving_fleet()
        variant = None if fleet is None else fleet.pick()
        if variant is None or not variant.has_capacity:
            return None
        return variant if variant.requests.enter() is Admission.ADMITTED else None

    def _requeue(self, request: AsyncRequest) -> None:
        """The instance went away between the look and the request: back to the head of the queue."""
        with self._changed:
            if not self._closed:
                self._waiting.appendleft(request)

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
        if response.status_code >= 300:
            raise _Failure(
                container_request.refusal(response.status_code, response.text, which="primary"), body=response.content
            )
        return response

    def _input(self, variant: Variant, request: AsyncRequest) -> bytes:
        if request.input_location is None:
            return request.body
        began = time.monotonic()
        try:
            answer = self._client(variant, "s3").get_object(
                Bucket=request.input_location.bucket, Key=request.input_location.key
            )
            if answer["ContentLength"] > MOST_INPUT_BYTES:
                raise _Failure("The input object is larger than 1 GB.", metric="RequestDownloadFailures")
            body: bytes = answer["Body"].read()
        except (AwsError, ClientError, BotoCoreError) as error:
            raise _Failure(
                f"Failed to download the input from {request.input_location}: {error}", metric="RequestDownloadFailures"
            ) from error
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
            raise _Failure(
                f"Failed to upload the response to {to}: {error}", metric="ResponseUploadFailures"
            ) from error
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

    def _fail(self, variant: Variant | None, request: AsyncRequest, failure: _Failure) -> None:
        _log.warning("async request %s of %s failed: %s", request.inference_id, self._endpoint.name, failure.reason)
        fleet = self._endpoint.serving_fleet()
        # An expired request has met no variant; its metric and message still need one to belong to.
        owner = variant or (None if fleet is None else fleet.pick())
        if owner is None:
            return
        self._count(failure.metric, 1, COUNT, owner)
        if request.failure_location is not None:
            try:
                self._upload(owner, request.failure_location, failure.reason.encode(), "text/plain; charset=utf-8")
            except _Failure as second:
                self._count(second.metric, 1, COUNT, owner)
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
        self._publish(owner, notification.get("ErrorTopic"), message)

    def _publish(self, variant: Variant, topic: str | None, message: str) -> None:
        if topic is None:
            return
        try:
            self._client(variant, "sns").publish(TopicArn=topic, Message=message)
        except (AwsError, ClientError, BotoCoreError) as error:
            self._count("NotificationFailures", 1, COUNT, variant)
            _log.warning("a notification of %s could not be published: %s", self._endpoint.name, error)

    def _publish_gauges(self) -> None:
        now = self._now()
        if now < self._next_publication:
            return
        self._next_publication = now + timedelta(seconds=_PUBLISH_EVERY_SECONDS)
        with self._changed:
            backlog = len(self._waiting) + self._running
            oldest = self._waiting[0].received_at if self._waiting else now
        fleet = self._endpoint.serving_fleet()
        instances = 0 if fleet is None else sum(variant.current_count for variant in fleet.variants)
        dimensions = {"EndpointName": self._endpoint.name}
        gauges = [
            ("ApproximateBacklogSize", float(backlog), COUNT),
            ("ApproximateAgeOfOldestRequest", (now - oldest).total_seconds(), SECONDS),
            ("HasBacklogWithoutCapacity", float(backlog > 0 and instances == 0), COUNT),
        ]
        if instances:
            gauges.append(("ApproximateBacklogSizePerInstance", backlog / instances, COUNT))
        for name, value, unit in gauges:
            self._metrics.add(self._endpoint.scope, name, value, unit, dimensions)

    def _count(self, name: str, value: float, unit: str, variant: Variant) -> None:
        self._metrics.add(
            self._endpoint.scope, name, value, unit, {"EndpointName": self._endpoint.name, "VariantName": variant.name}
        )

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
