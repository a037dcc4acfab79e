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


# Health has no body, and CloudFormation takes 4096 bytes of a custom resource's answer
# (AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html).
UNSIGNED_BYTES = 64 * 1024


class RequestRefused(Exception):
    """The request is not taken, whoever it is from; `code` and `status` as AWS answers."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def limit_bytes(service: str) -> int:
    """The longest body of a request that is signed for a service."""
    return {"s3": _S3_BYTES, "lambda": _LAMBDA_BYTES}.get(service, _OTHER_BYTES)


async def receive_body(receive: Receive, *, declared: str, longest: int) -> bytes | None:
    """The whole body, None when the client went away; `RequestRefused` as soon as it is too long or too slow."""
    if declared.isascii() and declared.isdigit() and len(declared) < 20 and int(declared) > longest:
        raise too_long(longest)
    parts: list[bytes] = []
    length, begun = 0, asyncio.get_running_loop().time()
    while True:
        patience = begun + IDLE_SECONDS + length / _SLOWEST_BYTES_PER_SECOND - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(receive(), min(patience, IDLE_SECONDS))
        except TimeoutError:
            raise RequestRefused(
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
            raise too_long(longest)
        if part:
            parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def too_long(longest: int) -> RequestRefused:
    """The refusal of a body that is longer than `longest` bytes."""
    if longest == _S3_BYTES:
        return RequestRefused(
            "EntityTooLarge",
            f"Your proposed upload exceeds the maximum allowed size of {longest} bytes in one request; use parts.",
            400,
        )
    return RequestRefused(
        "RequestEntityTooLargeException", f"Request must be smaller than {longest} bytes for this operation.", 413
    )
