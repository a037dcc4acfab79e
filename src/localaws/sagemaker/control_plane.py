"""SageMaker's control plane over HTTP: AWS JSON 1.1."""

import asyncio
import json
import uuid
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from localaws.errors import AwsError
from localaws.sagemaker.service import SageMakerService

_TARGET_PREFIX = "SageMaker."


def control_plane_app(service: SageMakerService) -> ASGIApp:
    """ASGI application that answers `X-Amz-Target: SageMaker.<Operation>`.

    It stands behind the front, which puts the caller's region and account into the scope.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        # A worker thread: operations call S3 and IAM through the front, which must stay free to answer them.
        response = await asyncio.to_thread(
            _answer,
            service,
            request.headers.get("x-amz-target", "").removeprefix(_TARGET_PREFIX),
            body,
            region=scope["localaws.region"],
            account=scope["localaws.account"],
        )
        await response(scope, receive, send)

    return app


def _answer(service: SageMakerService, operation: str, body: bytes, *, region: str, account: str) -> Response:
    try:
        content = service.call(operation, _parsed(body), region=region, account=account)
        status = 200
        headers = {}
    except AwsError as refusal:
        content = {"__type": refusal.code, "message": refusal.message}
        status = refusal.http_status
        headers = {"x-amzn-errortype": refusal.code}
    return Response(
        content=json.dumps(content, default=_epoch_seconds) if content else "",
        status_code=status,
        media_type="application/x-amz-json-1.1",
        headers={**headers, "x-amzn-requestid": str(uuid.uuid4())},
    )


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        raise AwsError("SerializationException", "The request body is not valid JSON.") from None
    if not isinstance(request, dict):
        raise AwsError("SerializationException", "Unexpected token where a structure is expected")
    return request


def _epoch_seconds(value: object) -> float:
    """Timestamps travel as seconds since the epoch in AWS JSON 1.1."""
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"{type(value).__name__} cannot be part of a response")
