"""A service of ours behind the front, over HTTP: AWS JSON 1.1."""

import asyncio
import json
import uuid
from typing import Any, Protocol

from localaws.errors import AwsError
from localaws.incoming_request import IncomingRequest, read_body
from localaws.threaded_app import AsgiApp, Receive, Scope, Send


class Service(Protocol):
    """Answers API operations by name, from any thread."""

    def call(self, operation: str, request: dict[str, Any], *, region: str, account: str) -> dict[str, Any]:
        """Answer `operation`; raises `AwsError` with AWS's code and words for what AWS refuses."""


def json_service_app(service: Service, *, target: str) -> AsgiApp:
    """ASGI application that answers `X-Amz-Target: <target><Operation>`.

    It stands behind the front, which has put the caller's region and account into the scope.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        operation = IncomingRequest.of(scope).target.removeprefix(target)
        body = await read_body(receive)
        if body is None:
            return
        status, content = await asyncio.to_thread(
            _answer, service, operation, body, scope["localaws.region"], scope["localaws.account"]
        )
        headers = [
            (b"content-type", b"application/x-amz-json-1.1"),
            (b"x-amzn-requestid", str(uuid.uuid4()).encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(content).encode()})

    return app


def _answer(service: Service, operation: str, body: bytes, region: str, account: str) -> tuple[int, dict[str, Any]]:
    try:
        request = json.loads(body or b"{}")
        if not isinstance(request, dict):
            raise AwsError("SerializationException", "Start of structure or map found where not expected.")
        return 200, service.call(operation, request, region=region, account=account)
    except AwsError as refusal:
        return refusal.http_status, {"__type": refusal.code, "Message": refusal.message}
    except ValueError:
        return 400, {"__type": "SerializationException", "Message": "the request body is not JSON"}
