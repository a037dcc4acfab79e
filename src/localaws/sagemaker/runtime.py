"""SageMaker's runtime over HTTP: InvokeEndpoint, InvokeEndpointWithResponseStream, InvokeEndpointAsync (rest-json)."""

import asyncio
import contextlib
import json
import uuid
import weakref
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from localaws.errors import AwsError
from localaws.sagemaker import async_request, runtime_request, target
from localaws.sagemaker.invocation import FleetRetired, Invocation
from localaws.sagemaker.model_error import ModelError
from localaws.sagemaker.runtime_request import RuntimeRequest
from localaws.sagemaker.scope import Scope
from localaws.sagemaker.service import SageMakerService
from localaws.sagemaker.shadow_traffic import ShadowTraffic

_STAND_IN = "x-modelyard-stand-in"

# Headers of a container that reach the caller (output members of the service model).
_PASSED_ON = (
    "X-Amzn-SageMaker-Custom-Attributes",
    "X-Amzn-SageMaker-New-Session-Id",
    "X-Amzn-SageMaker-Closed-Session-Id",
)


def runtime_app(service: SageMakerService) -> Starlette:
    """ASGI application of the three operations.

    It stands behind the front, which puts the caller's region and account into the scope.
    """
    runtime = _Runtime(service)
    return Starlette(
        routes=[
            Route("/endpoints/{name}/invocations", runtime.invoke, methods=["POST"]),
            Route("/endpoints/{name}/invocations-response-stream", runtime.invoke_with_stream, methods=["POST"]),
            Route("/endpoints/{name}/async-invocations", runtime.invoke_async, methods=["POST"]),
        ],
        exception_handlers={AwsError: _refusal},
    )


class _Runtime:
    def __init__(self, service: SageMakerService) -> None:
        self._service = service
        # A client keeps its connections on one event loop.
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = (
            weakref.WeakKeyDictionary()
        )

    async def invoke(self, http: Request) -> Response:
        request, scope = await _read("InvokeEndpoint", http)
        while True:
            found = target.find(self._service.endpoints, request, scope)
            with contextlib.suppress(FleetRetired):
                response = await self._invocation(found, request).respond()
                break
        shadows = ShadowTraffic.of(found, self._client())
        shadows.mirror(request)
        return Response(
            content=response.content,
            headers={
                **_invoked(found),
                **_passed_on(response.headers),
                "Content-Type": response.headers.get("content-type", "application/octet-stream"),
            },
        )

    async def invoke_with_stream(self, http: Request) -> Response:
        request, scope = await _read("InvokeEndpointWithResponseStream", http)
        while True:
            found = target.find(self._service.endpoints, request, scope)
            with contextlib.suppress(FleetRetired):
                headers, frames = await self._invocation(found, request).stream()
                break
        return StreamingResponse(
            frames,
            media_type="application/vnd.amazon.eventstream",
            headers={
                **_invoked(found),
                **_passed_on(headers),
                "X-Amzn-SageMaker-Content-Type": headers.get("content-type", "application/octet-stream"),
            },
        )

    async def invoke_async(self, http: Request) -> Response:
        request, scope = await _read("InvokeEndpointAsync", http)
        endpoint, fleet = target.find_serving(self._service.endpoints, request.endpoint_name, scope)
        queue = self._service.async_queues.of(endpoint)
        if queue is None or fleet.config.async_config is None:
            raise AwsError(
                "ValidationError",
                f"Endpoint {endpoint.name} of account {scope.account} is not an asynchronous endpoint.",
            )
        if bool(request.body) == ("InputLocation" in request.members):
            raise AwsError("ValidationError", "Exactly one of InputLocation and Body must be specified.")
        runtime_request.require_payload(request.body, runtime_request.ASYNC_INLINE_PAYLOAD_BYTES)
        queued = async_request.from_members(
            request.members,
            request.body,
            inference_id=request.text("InferenceId") or str(uuid.uuid4()),
            output_config=fleet.config.async_config["OutputConfig"],
            received_at=self._service.dependencies.clock.now(),
        )
        queue.put(queued)
        headers = {"X-Amzn-SageMaker-OutputLocation": str(queued.output_location)}
        if queued.failure_location is not None:
            headers["X-Amzn-SageMaker-FailureLocation"] = str(queued.failure_location)
        return Response(
            content=json.dumps({"InferenceId": queued.inference_id}),
            status_code=202,
            media_type="application/json",
            headers=headers,
        )

    def _invocation(self, found: target.Target, request: RuntimeRequest) -> Invocation:
        return Invocation(service=self._service, client=self._client(), target=found, request=request)

    def _client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
            client = self._clients[loop] = httpx.AsyncClient(trust_env=False, limits=limits)
        return client


async def _read(operation: str, http: Request) -> tuple[RuntimeRequest, Scope]:
    request = runtime_request.read(
        operation, endpoint_name=http.path_params["name"], headers=http.headers, body=await http.body()
    )
    return request, Scope(account=http.scope["localaws.account"], region=http.scope["localaws.region"])


def _invoked(found: target.Target) -> dict[str, str]:
    return {"x-Amzn-Invoked-Production-Variant": found.variant.name, _STAND_IN: found.variant.stand_in_note}


def _passed_on(headers: httpx.Headers) -> dict[str, str]:
    return {name: headers[name] for name in _PASSED_ON if name in headers}


async def _refusal(http: Request, error: Exception) -> Response:
    assert isinstance(error, AwsError)
    content: dict[str, Any] = {"Message": error.message, "message": error.message}
    if isinstance(error, ModelError):
        content = {
            "ErrorCode": "CLIENT_ERROR_FROM_MODEL" if 400 <= error.original_status < 500 else "SERVER_ERROR_FROM_MODEL",
            "LogStreamArn": error.log_stream_arn,
            "Message": error.message,
            "OriginalMessage": error.original_message,
            "OriginalStatusCode": error.original_status,
        }
    return Response(
        content=json.dumps(content),
        status_code=error.http_status,
        media_type="application/json",
        headers={"x-amzn-errortype": error.code, "x-amzn-requestid": str(uuid.uuid4())},
    )
