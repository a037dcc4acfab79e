"""How much a request may bring, and how long it may take to: bodies lie in memory until they are answered."""

import asyncio
import io

from localaws.incoming_request import IncomingRequest
from localaws.threaded_app import Receive

_MEBIBYTE = 1024**2
# S3 takes 5 GiB in one request (AmazonS3/latest/userguide/upload-objects.html) and parts of what is larger; SDKs send
# parts from 8 to 16 MiB on. Half a gibibyte is what the AWS CLI's `put-object` may be asked for here.
_S3_BYTES = 512 * _MEBIBYTE
# An archive of 50 MB in the request, in base64 (lambda/latest/dg/gettingstarted-limits.html).
_LAMBDA_BYTES = 70 * _MEBIBYTE
# An invocation's payload is 25 MB (API_runtime_InvokeEndpoint), and is not read here.
_INVOCATION_BYTES = 32 * _MEBIBYTE
# PutRecords of Kinesis takes 10 MiB, in base64 (kinesis/latest/APIReference/API_PutRecords.html).
_OTHER_BYTES = 16 * _MEBIBYTE
# The query protocol's are a template of 51,200 bytes, PutMetricData's 1 MB, and SQS's batch of 1 MiB, which the form
# makes three times as long (AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
_FORM_BYTES = 4 * _MEBIBYTE
# S3's documents: 1,000 keys of 1,024 bytes to delete, 10,000 parts to put together.
_S3_DOCUMENT_BYTES = 8 * _MEBIBYTE
MOST_INFLATED_BYTES = _OTHER_BYTES
FORM = "application/x-www-form-urlencoded"
# What stands in the address of PutObject and UploadPart (AmazonS3/latest/API/API_UploadPart.html).
_OF_UPLOADS = {"partNumber", "uploadId", "x-id"}
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


def limit_bytes(request: IncomingRequest, service: str) -> int:
    """The longest body of a request that is signed for a service."""
    if service == "s3":
        return _S3_BYTES if is_upload(request) else _S3_DOCUMENT_BYTES
    if is_form(request):
        return _FORM_BYTES
    if service == "sagemaker" and not request.target:
        return _INVOCATION_BYTES
    return _LAMBDA_BYTES if service == "lambda" else _OTHER_BYTES


def is_form(request: IncomingRequest) -> bool:
    """Whether the body says that it is the fields of a form, which AWS's query protocol is."""
    return request.headers.get("content-type", "").lower().startswith(FORM)


def is_upload(request: IncomingRequest) -> bool:
    """Whether a request of S3 brings an object or a part of one; all other bodies of S3 are documents that are read."""
    asks = {name for name in request.query if not name.startswith(("X-Amz-", "x-amz-"))}
    return request.method == "PUT" and asks <= _OF_UPLOADS


async def receive_body(receive: Receive, *, declared: str, longest: int) -> bytes | None:
    """The whole body, None when the client went away; `RequestRefused` as soon as it is too long or too slow."""
    if declared.isascii() and declared.isdigit() and len(declared) < 20 and int(declared) > longest:
        raise too_long(longest)
    # Grows in place, and gives its bytes away: parts and their sum would be held twice.
    whole = io.BytesIO()
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
        whole.write(part)
        if not message.get("more_body", False):
            return whole.getvalue()


def too_long(longest: int) -> RequestRefused:
    """The refusal of a body that is longer than `longest` bytes."""
    if longest in (_S3_BYTES, _S3_DOCUMENT_BYTES):
        return RequestRefused(
            "EntityTooLarge",
            f"Your proposed upload exceeds the maximum allowed size of {longest} bytes in one request; use parts.",
            400,
        )
    return RequestRefused(
        "RequestEntityTooLargeException", f"Request must be smaller than {longest} bytes for this operation.", 413
    )
