"""The one door of embedded AWS: looks at each request and hands it to the part that plays its service."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from localaws.authorisation import denial_of, identify
from localaws.cloudformation import held_answer
from localaws.container_credentials import PATH as CONTAINER_CREDENTIALS
from localaws.denial import denial
from localaws.gate import Admitted, Gate, without_cors
from localaws.incoming_request import IncomingRequest, replay
from localaws.sagemaker_permissions import (
    Permission,
    is_control_plane,
    required_permissions,
    with_resource_tags,
)
from localaws.threaded_app import AsgiApp, Receive, Scope, Send

# The loopback interface stands in for AWS's TLS endpoints: bucket policies that deny plain HTTP, which every CDK
# bucket carries, must not deny everything here.
_TLS = (b"x-forwarded-proto", b"https")
_log = logging.getLogger("localaws.front")
# Runtime, control plane and their siblings are all signed for this one name.
_SAGEMAKER = "sagemaker"

SageMakerTags = Callable[[str, str, str], dict[str, str]]
"""`sagemaker_tags(arn, region, account)`: the tags of a SageMaker resource, none for what does not exist."""


@dataclass(frozen=True)
class JsonService:
    """A service of ours that speaks AWS JSON: what its requests are signed for, which is also what its IAM actions
    begin with; what its `X-Amz-Target` begins with; and the application that answers."""

    name: str
    target: str
    app: AsgiApp


class Front:
    """ASGI application on the public port.

    The gate lets in what is signed. Requests for a service of ours are then held against IAM here and passed on; all
    others go to MiniStack, which does the same itself.
    """

    def __init__(
        self,
        *,
        gate: Gate,
        ministack: AsgiApp,
        sagemaker_control_plane: AsgiApp,
        sagemaker_runtime: AsgiApp,
        json_services: tuple[JsonService, ...],
        sagemaker_tags: SageMakerTags,
        container_credentials: AsgiApp,
        default_region: str,
    ) -> None:
        self._gate = gate
        self._ministack = ministack
        self._sagemaker_control_plane = sagemaker_control_plane
        self._sagemaker_runtime = sagemaker_runtime
        self._json_services = json_services
        self._sagemaker_tags = sagemaker_tags
        self._container_credentials = container_credentials
        self._default_region = default_region

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._ministack(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, without_cors(send))
        elif scope["type"] == "websocket":
            # Nothing here speaks it, and a page of any site may open one. Closed before it is accepted it is a 403.
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await self._gate.is_local(scope, send):
            return
        if scope["path"] == CONTAINER_CREDENTIALS:
            await self._container_credentials(scope, receive, send)
            return
        admitted = await self._gate.admit(scope, receive, send)
        if admitted is not None:
            await self._serve(admitted, scope, replay(admitted.body, receive), send)

    async def _serve(self, admitted: Admitted, scope: Scope, receive: Receive, send: Send) -> None:
        request, body = admitted.request, admitted.body
        region, service = request.signed_for
        other = self._json_service(request, service)
        if service == _SAGEMAKER:
            app = self._sagemaker_control_plane if is_control_plane(request) else self._sagemaker_runtime
        elif other is not None:
            app = other.app
        else:
            await self._to_ministack(request, body, scope, receive, send)
            return
        region = region or self._default_region
        account = identify(request, body, region=region)
        if other is not None:
            permissions = [Permission(f"{other.name}:{request.target.removeprefix(other.target)}", "*")]
        else:
            permissions = with_resource_tags(
                required_permissions(request, body, region=region, account=account),
                lambda arn: self._sagemaker_tags(arn, region, account),
            )
        refusal = denial_of(
            request, permissions, service=other.name if other is not None else _SAGEMAKER, region=region
        )
        if refusal is not None:
            await refusal.send(send)
            return
        # What the apps behind need to know of the caller, without reading the signature again.
        scope["localaws.region"], scope["localaws.account"] = region, account
        await app(scope, receive, send)

    def _json_service(self, request: IncomingRequest, service: str) -> JsonService | None:
        return next((one for one in self._json_services if service == one.name), None)

    async def _to_ministack(
        self, request: IncomingRequest, body: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        region, service = request.signed_for
        if service == "cloudformation":
            stack = held_answer.asks_for_stack(request.headers.get("user-agent", ""), body)
            if stack is not None:
                account = identify(request, body, region=region)
                await held_answer.until_settled(stack, account=account, region=region)
        try:
            await self._ministack({**scope, "headers": [*request.raw_headers, _TLS]}, receive, send)
        except Exception as defect:
            # A request that MiniStack cannot read must not end in a closed connection, nor in pages of output.
            _log.error("%s %s: %s: %s", request.method, request.path[:200], type(defect).__name__, defect)
            failure = denial(
                request, service=service, code="InternalFailure", message="the request could not be read", status=500
            )
            with contextlib.suppress(Exception):
                await failure.send(send, last=True)
