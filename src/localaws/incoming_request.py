"""What the front needs to know of a request before anyone has handled it: for which service it was signed."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from localaws.threaded_app import Message, Receive, Scope

# `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, ...`
_HEADER_CREDENTIAL = re.compile(r"Credential=[^/,\s]+/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")
_QUERY_CREDENTIAL = re.compile(r"[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class IncomingRequest:
    """Method, path, headers (lower-case names) and query of a request, and the service it is signed for."""

    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    raw_headers: list[tuple[bytes, bytes]]
    raw_path: str

    @classmethod
    def of(cls, scope: Scope) -> "IncomingRequest":
        """Read an ASGI http scope; the body stays unread."""
        raw_headers = list(scope["headers"])
        raw_path = scope.get("raw_path")
        return cls(
            method=scope["method"],
            path=scope["path"],
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw_headers},
            query=parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True),
            raw_headers=raw_headers,
            raw_path=raw_path.decode("latin-1") if raw_path else scope["path"],
        )

    @property
    def signed_for(self) -> tuple[str, str]:
        """Region and service of the signature's credential scope, both empty when the request carries none."""
        match = _HEADER_CREDENTIAL.search(self.headers.get("authorization", ""))
        if match is None:
            match = _QUERY_CREDENTIAL.fullmatch(self.query.get("X-Amz-Credential", [""])[0])
        return (match[1], match[2]) if match else ("", "")

    @property
    def target(self) -> str:
        """`X-Amz-Target`: service and operation of AWS's JSON protocols, empty otherwise."""
        return self.headers.get("x-amz-target", "")


async def read_body(receive: Receive) -> bytes | None:
    """The whole request body, None when the client went away before it was complete."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands out a body already read, then what follows it (the client's disconnect)."""
    handed_out = False

    async def receive_again() -> Message:
        nonlocal handed_out
        if handed_out:
            return await receive()
        handed_out = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
