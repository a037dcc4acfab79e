"""How much a request may bring, and how long it may take to: bodies lie in memory until they are answered."""

import asyncio

from localaws.threaded_app import Receive

_MEBIBYTE = 1024**2
# S3 takes 5 GiB in one request (AmazonS3/latest/userguide/upload-objects.html) and parts of what is larger; SDKs send
# parts from 8 to 16 MiB on. Half a gibibyte is what the AWS CLI's `put-object` may be asked for here.
_S3_BYTES = 512 * _MEBIBYTE
# An archive of 50 MB in the request, in base64 (lambda/latest/dg/gettingstarted-limits.html).
_LAMBDA_BYTES = 70 * _MEBIBYTE
# The largest that other services document is an invocation's payload, 25 MB (API_runtime_InvokeEndpoint).
_OTHER_BYTES = 32 * _MEBIBYTE
# S3 answers RequestTimeout when nothing comes for about this long.
IDLE_SECONDS = 20.0
# A body that trickles is given up as well: this many bytes for each second it takes beyond the first twenty.
_SLOWEST_BYTES_PER_SECOND = 10 * 1024


class BodyRefused(Exception):
    """The body is not taken; `code` and `status` as AWS answers."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def limit_bytes(service: str) -> int:
    """The longest body of a request that is signed for a service."""
    return {"s3": _S3_BYTES, "lambda": _LAMBDA_BYTES}.get(service, _OTHER_BYTES)


async def receive_body(receive: Receive, *, declared: str, service: str) -> bytes | None:
    """The whole body, None when the client went away; `BodyRefused` as soon as it is too long or too slow."""
    longest = limit_bytes(service)
    if declared.isascii() and declared.isdigit() and len(declared) < 20 and int(declared) > longest:
        raise _too_long(service, longest)
    parts: list[bytes] = []
    length, begun = 0, asyncio.get_running_loop().time()
    while True:
        patience = begun + IDLE_SECONDS + length / _SLOWEST_BYTES_PER_SECOND - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(receive(), min(patience, IDLE_SECONDS))
        except TimeoutError:
            raise BodyRefused(
                "RequestTimeout",
                "Your socket connection to the server was not read from or written to within the timeout period. "
                "Idle connections will be closed.",
                400,
            ) from None
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        length += len(part)
        if length > longest:
            raise _too_long(service, longest)
        if part:
            parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_long(service: str, longest: int) -> BodyRefused:
    if service == "s3":
        return BodyRefused(
            "EntityTooLarge",
            f"Your proposed upload exceeds the maximum allowed size of {longest} bytes in one request; use parts.",
            400,
        )
    return BodyRefused(
        "RequestEntityTooLargeException", f"Request must be smaller than {longest} bytes for this operation.", 413
    )
