"""One synchronous request to a variant: limits, the call to the container, errors in SageMaker's words."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator

import httpx

from localaws.errors import AwsError
from localaws.sagemaker import container_request, event_stream, runtime_request
from localaws.sagemaker.invocation_metrics import COUNT
from localaws.sagemaker.invocation_record import InvocationRecord
from localaws.sagemaker.loaded_models import LoadedModels, ModelNotAvailable
from localaws.sagemaker.model_error import ModelError
from localaws.sagemaker.request_count import Admission
from localaws.sagemaker.runtime_request import RuntimeRequest
from localaws.sagemaker.service import SageMakerService
from localaws.sagemaker.target import Target

# https://docs.aws.amazon.com/sagemaker/latest/dg/deploy-model-options.html. Real seconds: models take real time.
REQUEST_SECONDS = 60.0
STREAM_SECONDS = 480.0


class FleetRetired(Exception):
    """An update took the target out of service before the request got there: look for the target again."""


class Invocation:
    """Use once: `respond` or `stream`. Times are measured from the moment it is made."""

    def __init__(
        self, *, service: SageMakerService, client: httpx.AsyncClient, target: Target, request: RuntimeRequest
    ) -> None:
        self._client = client
        self._target = target
        self._request = request
        self._record = InvocationRecord(service=service, target=target, request=request)

    async def respond(self) -> httpx.Response:
        """The container's good answer; raises `AwsError`, or FleetRetired."""
        with self._admitted():
            if self._target.variant.loaded_models is not None:
                response = await self._of_target_model(self._target.variant.loaded_models)
            else:
                response = await self._of_containers()
        self._record.capture(response)
        return response

    async def stream(self) -> tuple[httpx.Headers, AsyncIterator[bytes]]:
        """The headers of the container's good answer and its body as event stream frames; raises as `respond`."""
        if not self._target.containers:
            raise self._no_answer(ConnectionError("the containers are being replaced"))
        if len(self._target.containers) > 1:
            raise AwsError(
                "ValidationError",
                f"Endpoint {self._target.endpoint.name} runs a serial inference pipeline and does not "
                "support streaming.",
            )
        if self._target.variant.serverless is not None:
            raise AwsError(
                "ValidationError",
                f"Endpoint {self._target.endpoint.name} is a serverless endpoint and does not support streaming.",
            )
        admitted = contextlib.ExitStack()
        admitted.enter_context(self._admitted())
        try:
            call = self._client.build_request(
                "POST",
                f"{self._target.containers[0].base_url}/invocations",
                content=self._request.body,
                headers=self._headers(),
                timeout=STREAM_SECONDS,
            )
            try:
                response = await self._client.send(call, stream=True)
            except httpx.TransportError as error:
                raise self._no_answer(error) from error
            if response.status_code >= 300:
                await response.aread()
                raise self._refused(response.status_code, response.text)
        except BaseException:
            admitted.close()
            raise
        return response.headers, self._frames(response, admitted)

    async def _frames(self, response: httpx.Response, admitted: contextlib.ExitStack) -> AsyncIterator[bytes]:
        """One PayloadPart per chunk as it arrives."""
        with admitted:
            deadline = self._record.began + STREAM_SECONDS
            status = response.status_code
            try:
                async for chunk in response.aiter_raw():
                    yield event_stream.payload_part(chunk)
                    if time.monotonic() > deadline:
                        status = 0
                        yield event_stream.model_stream_error(
                            "ModelInvocationTimeExceeded",
                            f"The model did not finish its response within {STREAM_SECONDS:.0f} seconds.",
                        )
                        break
            except httpx.TimeoutException:
                status = 0
                yield event_stream.model_stream_error(
                    "ModelInvocationTimeExceeded", "The model did not go on with its response in time."
                )
            except httpx.TransportError as error:
                status = 0
                self._target.variant.revive()
                yield event_stream.model_stream_error("StreamBroken", f"The connection to the model broke: {error}")
            finally:
                await response.aclose()
                if status == 0:
                    self._record.count("MidStreamErrors", 1, COUNT)
                self._record.publish(status or 500, model_seconds=time.monotonic() - self._record.began)

    async def _of_containers(self) -> httpx.Response:
        if not self._target.containers:
            raise self._no_answer(ConnectionError("the containers are being replaced"))
        body, headers = self._request.body, self._headers()
        began = time.monotonic()
        for container in self._target.containers:
            try:
                async with asyncio.timeout(REQUEST_SECONDS - (began - self._record.began)):
                    response = await self._client.post(
                        f"{container.base_url}/invocations", content=body, headers=headers, timeout=REQUEST_SECONDS
                    )
            except (TimeoutError, httpx.TransportError) as error:
                raise self._no_answer(error) from error
            if response.status_code >= 300:
                raise self._refused(response.status_code, response.text, model_seconds=time.monotonic() - began)
            body = response.content
            headers = {**headers, "Content-Type": response.headers.get("content-type", headers["Content-Type"])}
        self._record.publish(200, model_seconds=time.monotonic() - began)
        return response

    async def _of_target_model(self, models: LoadedModels) -> httpx.Response:
        target_model = self._request.text("TargetModel")
        assert target_model is not None
        try:
            times = await asyncio.to_thread(models.acquire, target_model)
        except ModelNotAvailable as error:
            raise self._not_available(error) from error
        try:
            self._record.publish_loading(models, times)
            container = self._target.containers[0]
            began = time.monotonic()
            address = f"{container.base_url}/models/{models.name_of(target_model)}/invoke"
            response = await self._ask(address)
            if response.status_code == 404:
                # The container lost the model, its process died for example; or the model itself says so, again.
                try:
                    await asyncio.to_thread(models.reload, target_model)
                except ModelNotAvailable as error:
                    raise self._not_available(error) from error
                response = await self._ask(address)
            if response.status_code >= 300:
                raise self._refused(response.status_code, response.text, model_seconds=time.monotonic() - began)
            self._record.publish(200, model_seconds=time.monotonic() - began)
            return response
        finally:
            await asyncio.to_thread(models.release, target_model)

    async def _ask(self, address: str) -> httpx.Response:
        """The container's answer to the request, whatever its status."""
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                return await self._client.post(
                    address, content=self._request.body, headers=self._headers(), timeout=REQUEST_SECONDS
                )
        except (TimeoutError, httpx.TransportError) as error:
            raise self._no_answer(error) from error

    @contextlib.contextmanager
    def _admitted(self) -> Iterator[None]:
        """Hold a place in the variant while the request runs; raises `AwsError` when there is none."""
        variant = self._target.variant
        if variant.serverless is not None:
            runtime_request.require_payload(self._request.body, runtime_request.SERVERLESS_PAYLOAD_BYTES)
            limit: int | None = variant.serverless["MaxConcurrency"]
        else:
            runtime_request.require_payload(self._request.body, runtime_request.REAL_TIME_PAYLOAD_BYTES)
            limit = None
        admission = variant.requests.enter(limit=limit)
        if admission is Admission.CLOSED:
            raise FleetRetired
        if admission is Admission.FULL:
            raise AwsError("ThrottlingException", "Rate exceeded", 429)
        variant.expect_work()
        try:
            self._record.count("ConcurrentRequestsPerModel", variant.requests.current, COUNT)
            yield
        finally:
            variant.requests.leave()

    def _headers(self) -> dict[str, str]:
        request = self._request
        return container_request.headers(
            content_type=request.content_type,
            accept=request.accept,
            custom_attributes=request.text("CustomAttributes"),
            inference_id=request.text("InferenceId"),
            session_id=request.text("SessionId"),
            target_model=request.text("TargetModel"),
            prefix_aware_id=request.text("PrefixAwareId"),
        )

    def _refused(self, status: int, text: str, *, model_seconds: float = 0.0) -> ModelError:
        self._record.publish(status, model_seconds=model_seconds)
        if status >= 500:
            self._target.variant.suspect()
        message = container_request.refusal(status, text, which=self._target.container_name)
        return self._model_error(message, status, text)

    def _no_answer(self, error: Exception) -> ModelError:
        self._record.publish(500, model_seconds=time.monotonic() - self._record.began)
        which = self._target.container_name
        self._target.variant.suspect()
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            return self._model_error(container_request.timed_out(which), 0, "")
        self._target.variant.revive()
        return self._model_error(container_request.no_answer(which, self._target.endpoint.name), 0, "")

    def _not_available(self, error: ModelNotAvailable) -> AwsError:
        if error.status is None:
            self._record.publish(400, model_seconds=0.0)
            return AwsError("ValidationError", error.message)
        if error.status == 429:
            self._record.publish(429, model_seconds=0.0)
            return AwsError("ModelNotReadyException", error.message, 429)
        return self._refused(error.status, error.message)

    def _model_error(self, message: str, status: int, original: str) -> ModelError:
        endpoint = self._target.endpoint
        logs = container_request.see_logs(
            region=endpoint.scope.region, endpoint=endpoint.name, account=endpoint.scope.account
        )
        containers = self._target.containers
        return ModelError(
            f"{message} {logs}",
            original_status=status,
            original_message=original,
            log_stream_arn=containers[-1].logs.stream_arn if containers else "",
        )
