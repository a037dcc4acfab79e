"""A web page is nobody's client here.

Any page that a developer opens can send simple requests to loopback ports, where embedded AWS starts this server, and
by DNS rebinding even read the answers. A browser cannot help saying so: by Origin or Sec-Fetch-Site, and by the name in
Host. On SageMaker nothing is lost: a container is asked by SageMaker alone, which takes off every header of the caller
but those of its own API (API_runtime_InvokeEndpoint), and sends neither of the two.
"""

from __future__ import annotations

import ipaddress

from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from containers.llm_cpu.answer import error_body
from containers.llm_cpu.settings import Settings

_BROWSER_HEADERS = {b"origin", b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest"}
_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}


def without_browsers(settings: Settings) -> list[Middleware]:
    return [Middleware(RefuseBrowsers, only_loopback_names=_is_loopback(settings.bind_host))]


class RefuseBrowsers:
    """ASGI around the routes. The name in Host counts where the server listens on loopback only: what name SageMaker
    gives a container is its own business."""

    def __init__(self, app: ASGIApp, *, only_loopback_names: bool) -> None:
        self._app = app
        self._only_loopback_names = only_loopback_names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sentence = self._refusal(scope["headers"]) if scope["type"] == "http" else None
        if sentence is None:
            await self._app(scope, receive, send)
        else:
            await JSONResponse(error_body(sentence, 403), status_code=403)(scope, receive, send)

    def _refusal(self, headers: list[tuple[bytes, bytes]]) -> str | None:
        for name, value in headers:
            if name in _BROWSER_HEADERS:
                return f"the request comes from a web page, as its header {name.decode('latin-1')} says; none may ask"
            if name == b"host" and self._only_loopback_names and _name(value) not in _LOOPBACK_NAMES:
                return "the request names another host than 127.0.0.1 or localhost, where this server listens"
        return None


def _name(host: bytes) -> str:
    text = host.decode("latin-1").lower()
    name, colon, port = text.rpartition(":")
    return name if colon and port.isdigit() else text


def _is_loopback(bind_host: str) -> bool:
    try:
        return ipaddress.ip_address(bind_host).is_loopback
    except ValueError:
        return bind_host == "localhost"
