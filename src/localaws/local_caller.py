"""Who may speak to embedded AWS at all: programs on this machine, and never a web page.

A page of any site can make the browser send requests to the loopback interface. Browsers mark them: with `Origin`
where the page could read the answer or sent a body, with `Sec-Fetch-*` wherever the address is trustworthy, which the
loopback interface is (https://www.w3.org/TR/fetch-metadata/). A page whose own name was made to resolve to 127.0.0.1
(DNS rebinding) is told by its `Host`. No AWS client sends any of these.
"""

import re

from localaws.threaded_app import Scope

# TRACE would echo headers, CONNECT is for proxies, and OPTIONS is how a browser asks for permission.
METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"})
_NAMES = ("127.0.0.1", "localhost", "[::1]")
# Where AWS_ENDPOINT_URL says `localhost`, SDKs put the bucket before it; `.localhost` is nobody's to rebind (RFC 6761).
_BUCKET_HOST = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9](\.s3)?\.localhost")
_HTTP_PORT = 80


def is_bucket_host(host: str) -> bool:
    """Whether a Host header names a bucket of this machine, `bucket.localhost:4566`."""
    return _BUCKET_HOST.fullmatch(host.rpartition(":")[0] or host) is not None


def why_refused(scope: Scope, *, port: int) -> str | None:
    """Why the sender of an ASGI http scope is not answered, None when it may be a program of this machine."""
    names = [name.lower() for name, _ in scope["headers"]]
    for name in names:
        if name == b"origin" or name.startswith((b"sec-fetch-", b"access-control-request-")):
            return f"a web page sent this request (it carries {name.decode('latin-1')}), and embedded AWS answers none"
    if scope["http_version"] not in ("1.0", "1.1"):
        return f"HTTP/{scope['http_version']} is not spoken here; use HTTP/1.1"
    if scope["method"] not in METHODS:
        return f"method {scope['method']} is none of {', '.join(sorted(METHODS))}"
    hosts = [value.decode("latin-1").lower() for name, value in scope["headers"] if name.lower() == b"host"]
    if len(hosts) != 1:
        return f"the request names {len(hosts)} hosts where one is needed"
    if not _is_ours(hosts[0], port):
        return f"host {hosts[0]!r} is not this machine's loopback interface; ask for {_NAMES[0]}:{port}"
    return None


def _is_ours(host: str, port: int) -> bool:
    name, colon, asked = host.rpartition(":")
    if not colon or host.endswith("]"):
        name, asked = host, str(_HTTP_PORT)
    return asked == str(port) and (name in _NAMES or _BUCKET_HOST.fullmatch(name) is not None)
