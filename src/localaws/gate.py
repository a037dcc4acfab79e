"""What every request has to pass before any service sees it: from this machine, from no web page, and signed.

What is not allowed here is refused, whatever MiniStack would answer to it. MiniStack has much that it answers without
looking at a signature: its own control paths, function URLs, API gateways, Cognito's pages, anonymous buckets, whatever
is signed with `test` or an account id, and what SDKs send unsigned by design (AssumeRoleWithWebIdentity).
"""

import asyncio
import json
import re
from dataclasses import dataclass

from ministack.services.cloudformation import custom_resource, wait_conditions

from localaws.admin_keys import AdminKeys
from localaws.denial import Denial, denial
from localaws.incoming_request import IncomingRequest
from localaws.local_caller import is_bucket_host, why_refused
from localaws.nesting import SeveralFiles, excess, excess_of_tags, has_half_characters, inflated
from localaws.request_body import (
    MOST_INFLATED_BYTES,
    UNSIGNED_BYTES,
    RequestRefused,
    is_form,
    is_upload,
    limit_bytes,
    receive_body,
    too_long,
)
from localaws.sagemaker_permissions import is_meant_for_sagemaker
from localaws.signature import Claim, NotAuthentic, claim_of
from localaws.threaded_app import Message, Receive, Scope, Send

HEALTH = "/_ministack/health"
# Where a function tells CloudFormation about its custom resource, on AWS an address of S3 that is presigned: it holds
# a token that only the function was told, and is open for as long as CloudFormation waits.
_ANSWER = re.compile(r"/_ministack/cfn-(response|signal)/([0-9a-f-]{36})")
# No bucket begins like this (AmazonS3/latest/userguide/bucketnamingrules.html): what does is MiniStack's own.
_CONTROL_PATH = re.compile(r"/+[^0-9A-Za-z/].*", re.DOTALL)
_STATUS = {"XAmzContentSHA256Mismatch": 400, "InvalidRequest": 400, "AuthorizationQueryParametersError": 400}
# Larger bodies are hashed beside the event loop, so that others are answered meanwhile.
_HASHED_AT_ONCE_BYTES = 256 * 1024
_CORS = b"access-control-"
# What requests may be signed for: the services of README.md, and what the CDK CLI asks besides. For a request of an
# unknown one MiniStack imports every service it has, to find out for whom it is meant.
PLAYED = frozenset(
    (
        "application-autoscaling",
        "athena",
        "cloudformation",
        "ec2",
        "ecr",
        "events",
        "firehose",
        "glue",
        "iam",
        "kinesis",
    )
    + ("kinesisanalytics", "kms", "lambda", "logs", "monitoring", "s3", "sagemaker", "secretsmanager", "servicequotas")
    + ("sns", "sqs", "ssm", "sts")
)


@dataclass(frozen=True)
class Admitted:
    """A request that may go on to its service, with its body."""

    request: IncomingRequest
    body: bytes


class Gate:
    """Lets requests pass that are signed by a key of this account; answers all others itself."""

    def __init__(self, *, port: int, admin: AdminKeys, account: str) -> None:
        self._port = port
        self._admin = admin
        self._account = account

    async def is_local(self, scope: Scope, send: Send) -> bool:
        """Whether a program of this machine sent it; a web page is told off here."""
        reason = why_refused(scope, port=self._port)
        if reason is None:
            return True
        await _refuse(_head_of(scope), "AccessDenied", reason, 403).send(send, last=True)
        return False

    async def admit(self, scope: Scope, receive: Receive, send: Send) -> Admitted | None:
        """The request when its signature is good; None when it has been refused, or the client has gone."""
        request = _head_of(scope)
        try:
            return await self._authentic(request, receive)
        except NotAuthentic as failure:
            refusal = _refuse(request, failure.code, failure.message, _STATUS.get(failure.code))
        except RequestRefused as failure:
            refusal = _refuse(request, failure.code, failure.message, failure.status)
        await refusal.send(send, last=True)
        return None

    async def _authentic(self, request: IncomingRequest, receive: Receive) -> Admitted | None:
        if "\0" in request.path:
            raise RequestRefused("InvalidURI", "Couldn't parse the specified URI.", 400)
        declared = request.headers.get("content-length", "")
        if is_open(request):
            body = await receive_body(receive, declared=declared, longest=UNSIGNED_BYTES)
            return None if body is None else Admitted(request, body)
        claim = claim_of(request, admin=self._admin, account=self._account)
        # Before the body: nobody without a key makes embedded AWS hold an object in memory.
        claim.check_head()
        body = await receive_body(receive, declared=declared, longest=limit_bytes(request, claim.signature.service))
        if body is None:
            return None
        if len(body) > _HASHED_AT_ONCE_BYTES:
            await asyncio.to_thread(_check_body, claim, body)
        else:
            _check_body(claim, body)
        if claim.signature.service not in PLAYED:
            raise RequestRefused(
                "UnknownOperationException", f"embedded AWS plays no service {claim.signature.service[:64]}", 400
            )
        if is_control(request) and not claim.is_admin:
            raise NotAuthentic("AccessDenied", "only the administrator's key may ask for this path")
        return Admitted(request, body)


def _check_body(claim: Claim, body: bytes) -> None:
    """Whether the body is the one that was signed, and one that can be read: of objects and prompts nothing is read."""
    claim.check_body(body)
    request, service = claim.request, claim.signature.service
    if service == "s3":
        found = "" if is_upload(request) else excess_of_tags(body) or excess(body, is_form=False)
        if found:
            raise RequestRefused("MalformedXML", found, 400)
        return
    if service == "sagemaker" and not request.target:
        return
    if "gzip" in claim.headers.get("content-encoding", "").lower():
        # SDKs shrink what is text; an archive for Lambda is packed already, and is 70 MB at most as it comes.
        body = _inflated(body, longest=min(limit_bytes(request, service), MOST_INFLATED_BYTES))
    found = excess(body, is_form=is_form(request), holds_documents=service != "logs")
    if found:
        raise RequestRefused("SerializationException", found, 400)
    # Every operation that is named by X-Amz-Target takes one JSON object.
    if request.target and body and not _is_json_object(body):
        raise RequestRefused("SerializationException", "the request body is not a JSON object", 400)
    if has_half_characters(body):
        raise RequestRefused(
            "SerializationException", "the request holds half of a surrogate pair (such as \\ud800)", 400
        )


def _inflated(body: bytes, *, longest: int) -> bytes:
    try:
        whole = inflated(body, longest=longest)
    except SeveralFiles:
        raise RequestRefused("SerializationException", "the request body is more than one gzip file", 400) from None
    if whole is None:
        raise too_long(longest)
    return whole


def _is_json_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body.decode("utf-8")), dict)
    except (ValueError, RecursionError):
        return False


def is_open(request: IncomingRequest) -> bool:
    """Whether a request needs no signature: it asks for health, or answers with a token that is waited for."""
    if request.path == HEALTH:
        return request.method in ("GET", "HEAD")
    answer = _ANSWER.fullmatch(request.path)
    if answer is None or request.method != "PUT":
        return False
    known = wait_conditions.has_handle(answer[2]) if answer[1] == "signal" else answer[2] in custom_resource._pending
    return bool(known)


def is_control(request: IncomingRequest) -> bool:
    """Whether a path is MiniStack's own, or a host has a bucket before it and the request is not S3's."""
    if is_bucket_host(request.headers.get("host", "")):
        return request.signed_for[1] != "s3" or request.path.startswith(("/_ministack", "/_localstack", "/_aws"))
    return _CONTROL_PATH.fullmatch(request.path) is not None


def without_cors(send: Send) -> Send:
    """A `send` that lets no answer invite web pages to read it."""

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", ()) if not pair[0].lower().startswith(_CORS)]
            message = {**message, "headers": kept}
        await send(message)

    return send_on


def _head_of(scope: Scope) -> IncomingRequest:
    return IncomingRequest.of(scope)


def _refuse(request: IncomingRequest, code: str, message: str, status: int | None) -> Denial:
    service = request.signed_for[1]
    if not service:
        speaks_json = request.target or is_meant_for_sagemaker(request)
        service = "sagemaker" if speaks_json else "iam" if is_form(request) else "s3"
    return denial(request, service=service, code=code, message=message, status=status)
