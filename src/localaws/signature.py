"""Signature Version 4, verified for every request and every key, the administrator's above all.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html says how a request is
signed, https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html how a presigned address is.
Canonical forms and signing keys are MiniStack's; MiniStack itself takes `test`, any account id and an empty key for
the account's root without looking at the signature, so what it is handed has been verified here.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ministack.core.iam_evaluator import (
    AmbiguousAccessKeyError,
    CredentialResolutionError,
    find_iam_access_key_account,
    is_root_access_key,
    resolve_credential,
)
from ministack.core.responses import _account_from_sts_session
from ministack.core.sigv4 import (
    SIGNATURE_MISMATCH,
    UNSIGNED_PAYLOAD,
    HeaderSignature,
    _cached_signing_key,
    decode_header_value,
    header_signing_documents,
)

from localaws.admin_keys import AdminKeys
from localaws.incoming_request import IncomingRequest
from localaws.signed_chunks import chunks_match

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(\w{1,128})/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request *, *"
    r"SignedHeaders=([a-z0-9;_.-]+) *, *Signature=([0-9a-f]{64})",
    re.ASCII,
)
_CREDENTIAL = re.compile(r"(\w{1,128})/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request", re.ASCII)
_QUERY_NAMES = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "X-Amz-Content-Sha256",
    # Version 2, which AWS takes for old buckets only; MiniStack would read its key.
    "AWSAccessKeyId",
)
_QUERY_NAMES_LOWER = frozenset(name.lower() for name in _QUERY_NAMES)
# Of these a request has at most one: with two, the one that was verified need not be the one that is obeyed.
_ONCE = frozenset(
    {
        "authorization",
        "content-length",
        "content-type",
        "host",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-target",
    }
)
_SKEW = timedelta(minutes=15)
_LONGEST_PRESIGNED_SECONDS = 7 * 24 * 3600
_HASH = re.compile(r"[0-9a-f]{64}")
_STREAMING_SIGNED = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
_UNSIGNED = (UNSIGNED_PAYLOAD, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")


class NotAuthentic(Exception):
    """Why a request's signature is refused: AWS's error code and sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Claim:
    """A request that says who it is from; `check_head` and `check_body` find out whether that is true."""

    request: IncomingRequest
    signature: HeaderSignature
    secret: str
    headers: dict[str, str]
    presigned: bool
    is_admin: bool

    @property
    def _declared(self) -> str:
        """What the request says of its body: a hash, that it is signed in chunks or not at all, or nothing."""
        if self.presigned and self.signature.service == "s3":
            return str(UNSIGNED_PAYLOAD)
        return self.headers.get("x-amz-content-sha256", "")

    def check_head(self) -> None:
        """Raise `NotAuthentic` where that can be said before the body is here."""
        if self._declared:
            self._check_signature(self._declared)

    def check_body(self, body: bytes) -> None:
        """Raise `NotAuthentic` unless the body is the one that was signed."""
        declared = self._declared
        if not declared:
            self._check_signature(hashlib.sha256(body).hexdigest())
        elif _HASH.fullmatch(declared):
            if not hmac.compare_digest(hashlib.sha256(body).hexdigest(), declared):
                raise NotAuthentic(
                    "XAmzContentSHA256Mismatch",
                    "The provided 'x-amz-content-sha256' header does not match what was computed.",
                )
        elif declared in _STREAMING_SIGNED:
            scope = self.signature
            if not chunks_match(
                body,
                key=self._key(),
                amz_date=scope.amz_date,
                scope=f"{scope.date_stamp}/{scope.region}/{scope.service}/aws4_request",
                seed=scope.signature,
                with_trailer=declared.endswith("-TRAILER"),
            ):
                raise NotAuthentic("SignatureDoesNotMatch", SIGNATURE_MISMATCH)
        elif declared not in _UNSIGNED:
            raise NotAuthentic(
                "InvalidRequest",
                f"x-amz-content-sha256 must be {UNSIGNED_PAYLOAD}, a STREAMING form with AWS4-HMAC-SHA256, or a valid "
                "sha256 value.",
            )

    def _check_signature(self, payload_hash: str) -> None:
        _, to_sign = header_signing_documents(
            self.signature,
            self.request.method,
            self.request.raw_path,
            self.request.query,
            {**self.headers, "x-amz-content-sha256": payload_hash},
            b"",
            presigned=self.presigned,
        )
        expected = hmac.new(self._key(), to_sign.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, self.signature.signature):
            raise NotAuthentic("SignatureDoesNotMatch", SIGNATURE_MISMATCH)

    def _key(self) -> bytes:
        one = self.signature
        return bytes(_cached_signing_key(self.secret, one.date_stamp, one.region, one.service))


def claim_of(request: IncomingRequest, *, admin: AdminKeys, account: str) -> Claim:
    """What a request claims, with the secret to hold it against; `NotAuthentic` when it is not signed well enough."""
    headers = _joined(request)
    presigned = "authorization" not in headers
    signature = _of_query(request) if presigned else _of_header(headers["authorization"], request, headers)
    token = request.query.get("X-Amz-Security-Token", [""])[0] if presigned else ""
    secret = _secret_of(
        signature.access_key_id,
        token=token or headers.get("x-amz-security-token", ""),
        admin=admin,
        account=account,
    )
    _require_signed(headers, signature.signed_headers.split(";"))
    return Claim(
        request=request,
        signature=signature,
        secret=secret,
        headers=headers,
        presigned=presigned,
        is_admin=signature.access_key_id == admin.access_key_id,
    )


def _joined(request: IncomingRequest) -> dict[str, str]:
    """Headers as they are signed: those sent on several lines are joined by a comma."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.raw_headers:
        name, value = raw_name.decode("latin-1").lower(), decode_header_value(raw_value)
        if name in headers and name in _ONCE:
            raise NotAuthentic("IncompleteSignature", f"The request has more than one '{name}' header.")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _of_header(authorization: str, request: IncomingRequest, headers: dict[str, str]) -> HeaderSignature:
    if any(name.lower() in _QUERY_NAMES_LOWER - {"x-amz-content-sha256"} for name in request.query):
        raise NotAuthentic(
            "InvalidRequest",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
            "parameter or the Authorization header should be specified",
        )
    match = _AUTHORIZATION.fullmatch(authorization)
    if match is None:
        raise NotAuthentic(
            "IncompleteSignature",
            "The Authorization header is not 'AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, "
            "SignedHeaders=NAMES, Signature=HEX'.",
        )
    key, date_stamp, region, service, signed, value = match.groups()
    amz_date = headers.get("x-amz-date", "")
    now = datetime.now(UTC)
    if not now - _SKEW <= _moment(amz_date, date_stamp) <= now + _SKEW:
        raise NotAuthentic(
            "RequestTimeTooSkewed", f"Signature expired or not yet current: {amz_date} is not within 15 minutes of now."
        )
    return HeaderSignature(key, date_stamp, region, service, signed, value, amz_date)


def _of_query(request: IncomingRequest) -> HeaderSignature:
    named = [name for name in request.query if name.lower() in _QUERY_NAMES_LOWER]
    if not named:
        raise NotAuthentic("MissingAuthenticationToken", "Missing Authentication Token")
    if any(name not in _QUERY_NAMES or len(request.query[name]) != 1 for name in named):
        raise NotAuthentic("IncompleteSignature", "AWS query-string parameters must each be given once, as X-Amz-Name.")
    if "AWSAccessKeyId" in named or request.query.get("X-Amz-Algorithm") != ["AWS4-HMAC-SHA256"]:
        raise NotAuthentic(
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        )
    value = {name: request.query.get(name, [""])[0] for name in _QUERY_NAMES}
    match = _CREDENTIAL.fullmatch(value["X-Amz-Credential"])
    if match is None or not _HASH.fullmatch(value["X-Amz-Signature"]) or not value["X-Amz-SignedHeaders"]:
        raise NotAuthentic(
            "IncompleteSignature",
            "AWS query-string parameters must include 'X-Amz-Credential', 'X-Amz-SignedHeaders' and 'X-Amz-Signature'.",
        )
    key, date_stamp, region, service = match.groups()
    signed_at = _moment(value["X-Amz-Date"], date_stamp)
    # Only S3 demands a lifetime; the others' presigned requests live as long as signed ones.
    lifetime = value["X-Amz-Expires"] or ("" if service == "s3" else str(int(_SKEW.total_seconds())))
    if not re.fullmatch(r"\d{1,6}", lifetime) or not 1 <= int(lifetime) <= _LONGEST_PRESIGNED_SECONDS:
        raise NotAuthentic(
            "AuthorizationQueryParametersError", "X-Amz-Expires must be between 1 and 604800 seconds (a week)"
        )
    now = datetime.now(UTC)
    if signed_at > now + _SKEW or now > signed_at + timedelta(seconds=int(lifetime)):
        raise NotAuthentic("ExpiredTokenException", "Request has expired")
    return HeaderSignature(
        key, date_stamp, region, service, value["X-Amz-SignedHeaders"], value["X-Amz-Signature"], value["X-Amz-Date"]
    )


def _moment(amz_date: str, date_stamp: str) -> datetime:
    try:
        moment = datetime.strptime(amz_date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise NotAuthentic("IncompleteSignature", "X-Amz-Date must be in the format yyyyMMddTHHmmssZ.") from None
    if amz_date[:8] != date_stamp:
        raise NotAuthentic(
            "IncompleteSignature",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.",
        )
    return moment


def _require_signed(headers: dict[str, str], signed: list[str]) -> None:
    """Whoever has a signed request in hand must not be able to add what changes its meaning."""
    loose = [name for name in headers if name not in signed and (name == "host" or name.startswith("x-amz-"))]
    # A proxy's trace id is the one that SDKs leave out.
    if loose and loose != ["x-amzn-trace-id"]:
        raise NotAuthentic(
            "SignatureDoesNotMatch",
            f"There were headers present in the request which were not signed: {', '.join(sorted(loose))}",
        )


def _secret_of(access_key_id: str, *, token: str, admin: AdminKeys, account: str) -> str:
    if hmac.compare_digest(access_key_id, admin.access_key_id):
        if token:
            raise NotAuthentic("InvalidToken", "The provided token is malformed or otherwise invalid.")
        return admin.secret_access_key
    unknown = NotAuthentic("UnrecognizedClientException", "The security token included in the request is invalid.")
    if is_root_access_key(access_key_id):
        raise unknown
    try:
        owner = find_iam_access_key_account(access_key_id) or _account_from_sts_session(access_key_id) or account
    except AmbiguousAccessKeyError:
        raise unknown from None
    credential = resolve_credential(access_key_id, owner, token)
    if isinstance(credential, CredentialResolutionError):
        # A session's key without its token is a key that AWS does not know.
        if credential.code == "InvalidToken" and not token:
            raise unknown
        raise NotAuthentic(credential.code, credential.message)
    return str(credential.secret_access_key)
