"""Requests signed by botocore as SDKs sign them pass; anything changed about them does not."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from ministack.services import iam, sts

from localaws.admin_keys import AdminKeys
from localaws.incoming_request import IncomingRequest
from localaws.signature import Claim, NotAuthentic, claim_of

ACCOUNT = "000000000000"
ADMIN = AdminKeys("AKIAADMIN", "the administrator's secret")
USER = AdminKeys("AKIAUSER", "the user's secret")
SESSION = AdminKeys("ASIASESSION", "the session's secret")
TOKEN = "the session's token"
ADDRESS = "http://127.0.0.1:4566"
Change = Callable[[AWSRequest], None]


@pytest.fixture(autouse=True)
def principals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's key and a session beside the administrator's key."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ADMIN.access_key_id)
    keys = type(iam._access_keys)()
    keys[USER.access_key_id] = {"Status": "Active", "SecretAccessKey": USER.secret_access_key, "UserName": "user"}
    monkeypatch.setattr(iam, "_access_keys", keys)
    session = {
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/role/session",
        "SecretAccessKey": SESSION.secret_access_key,
        "SessionToken": TOKEN,
        "Expiration": datetime.now(UTC).timestamp() + 3600,
        "AccountId": ACCOUNT,
    }
    monkeypatch.setattr(sts, "_sessions", {SESSION.access_key_id: session})


def signed(
    method: str = "POST",
    path: str = "/",
    *,
    by: AdminKeys = ADMIN,
    token: str | None = None,
    service: str = "iam",
    body: bytes = b"Action=ListRoles",
    headers: dict[str, str] | None = None,
    how: type = SigV4Auth,
    **options: int,
) -> AWSRequest:
    """A request as botocore signs it now."""
    request = AWSRequest(method, ADDRESS + path, headers={"host": "127.0.0.1:4566", **(headers or {})}, data=body)
    request.context["payload_signing_enabled"] = True
    how(Credentials(by.access_key_id, by.secret_access_key, token), service, "us-east-1", **options).add_auth(request)
    return request


def claim(request: AWSRequest, *, extra: tuple[tuple[bytes, bytes], ...] = ()) -> Claim:
    """What the request claims, as it arrives."""
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    headers = [
        (name.lower().encode(), value if isinstance(value, bytes) else str(value).encode())
        for name, value in prepared.headers.items()
        if name.lower() != "content-length"
    ]
    scope = {
        "method": prepared.method,
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": [*headers, *extra],
    }
    return claim_of(IncomingRequest.of(scope), admin=ADMIN, account=ACCOUNT)


def check(request: AWSRequest, body: bytes = b"Action=ListRoles") -> None:
    made = claim(request)
    made.check_head()
    made.check_body(body)


def refused(request: AWSRequest, body: bytes = b"Action=ListRoles") -> str:
    with pytest.raises(NotAuthentic) as failure:
        check(request, body)
    return failure.value.code


@pytest.mark.parametrize(("by", "token"), [(ADMIN, None), (USER, None), (SESSION, TOKEN)])
@pytest.mark.parametrize("how", [SigV4Auth, SigV4QueryAuth])
def test_what_botocore_signs_is_authentic(by: AdminKeys, token: str | None, how: type) -> None:
    body = b"" if how is SigV4QueryAuth else b"Action=ListRoles"
    check(signed(by=by, token=token, body=body, how=how), body)


@pytest.mark.parametrize("how", [S3SigV4Auth, S3SigV4QueryAuth])
def test_keys_of_objects_are_signed_as_they_are_sent(how: type) -> None:
    path = "/bucket/a%20b/../%C3%BC%2B?list-type=2&prefix=a%2Fb%20c&empty="
    check(signed("PUT", path, service="s3", body=b"", how=how), b"")


@pytest.mark.parametrize("by", [ADMIN, USER, SESSION])
def test_a_wrong_secret_is_refused_for_every_kind_of_key(by: AdminKeys) -> None:
    forged = AdminKeys(by.access_key_id, "guessed")
    assert refused(signed(by=forged, token=TOKEN if by is SESSION else None)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("name", ["test", ACCOUNT, "123456789012", "AKIANOBODY"])
def test_what_ministack_takes_for_root_is_nobody(name: str) -> None:
    for secret in ("test", "x", ADMIN.secret_access_key):
        assert refused(signed(by=AdminKeys(name, secret))) == "UnrecognizedClientException"


@pytest.mark.parametrize(
    ("by", "token", "code"),
    [
        (SESSION, None, "UnrecognizedClientException"),
        (SESSION, "another", "InvalidToken"),
        (ADMIN, TOKEN, "InvalidToken"),
        (USER, TOKEN, "InvalidToken"),
    ],
)
def test_a_token_belongs_to_its_session(by: AdminKeys, token: str | None, code: str) -> None:
    assert refused(signed(by=by, token=token)) == code


def test_an_unsigned_request_is_told_so() -> None:
    assert refused(AWSRequest("POST", ADDRESS, headers={"host": "127.0.0.1:4566"})) == "MissingAuthenticationToken"


def _host(request: AWSRequest) -> None:
    request.headers.replace_header("host", "localhost:4566")


def _method(request: AWSRequest) -> None:
    request.method = "PUT"


def _address(request: AWSRequest) -> None:
    request.url += "?Action=DeleteRole"


@pytest.mark.parametrize("change", [_method, _address, _host])
def test_what_was_signed_cannot_be_changed(change: Change) -> None:
    request = signed()
    change(request)
    assert refused(request) == "SignatureDoesNotMatch"


def test_a_body_is_part_of_what_is_signed() -> None:
    assert refused(signed(), b"Action=DeleteRole") == "SignatureDoesNotMatch"
    put = signed("PUT", "/bucket/key", service="s3", body=b"body", how=S3SigV4Auth)
    assert refused(put, b"other") == "XAmzContentSHA256Mismatch"


def test_headers_with_a_meaning_cannot_be_added() -> None:
    request = signed()
    request.headers["x-amz-target"] = "SageMaker.DeleteEndpoint"
    assert refused(request) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("name", [b"authorization", b"host", b"x-amz-date", b"content-type"])
def test_what_decides_is_given_once(name: bytes) -> None:
    request = signed(headers={"content-type": "application/x-www-form-urlencoded"})
    with pytest.raises(NotAuthentic, match="more than one"):
        claim(request, extra=((name, b"other"),))


@pytest.mark.parametrize(
    "query",
    [
        "X-Amz-Credential=AKIAADMIN/20260101/us-east-1/iam/aws4_request",
        "x-amz-credential=AKIAADMIN/20260101/us-east-1/iam/aws4_request",
        "AWSAccessKeyId=AKIAADMIN",
    ],
)
def test_a_second_key_beside_the_one_that_signed_is_refused(query: str) -> None:
    assert refused(signed(by=USER, path=f"/?{query}")) == "InvalidRequest"


def test_a_key_hidden_in_the_authorization_header_is_refused() -> None:
    request = signed(by=USER)
    honest = request.headers["Authorization"]
    for hidden in (
        honest.replace("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 X=Credential=AKIAADMIN/x, "),
        honest.replace("Credential=AKIAUSER", "Credential=AKIAADMIN/x, Credential=AKIAUSER"),
        honest + ", Credential=AKIAADMIN/20260101/us-east-1/iam/aws4_request",
        honest.replace("AKIAUSER", "ÄKIAUSER"),
        honest.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        "AWS AKIAADMIN:signature",
        "Bearer token",
        "",
    ):
        del request.headers["Authorization"]
        request.headers["Authorization"] = hidden
        assert refused(request) in ("IncompleteSignature", "SignatureDoesNotMatch")


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_clock_that_is_far_off_is_refused(minutes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: moment.replace(tzinfo=None))
    assert refused(signed()) == "RequestTimeTooSkewed"


@pytest.mark.parametrize(
    ("seconds_ago", "expires", "code"),
    [
        (3000, 3600, None),
        (3000, 60, "ExpiredTokenException"),
        (-1800, 3600, "ExpiredTokenException"),
        (0, 604_801, "AuthorizationQueryParametersError"),
        (0, 0, "AuthorizationQueryParametersError"),
    ],
)
def test_a_presigned_address_lives_as_long_as_it_says(
    seconds_ago: int, expires: int, code: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: moment.replace(tzinfo=None))
    request = signed("GET", "/bucket/key", service="s3", body=b"", how=S3SigV4QueryAuth, expires=expires)
    if code is None:
        check(request, b"")
    else:
        assert refused(request, b"") == code


def test_a_body_that_is_said_to_be_unsigned_is_as_it_is() -> None:
    headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    check(signed("PUT", "/bucket/key", service="s3", headers=headers), b"anything")
    made_up = {"x-amz-content-sha256": "WHATEVER"}
    assert refused(signed("PUT", "/bucket/key", service="s3", headers=made_up), b"anything") == "InvalidRequest"


def _chunked(request: AWSRequest, *pieces: bytes, trailer: bytes | None = None) -> bytes:
    """The body of a request signed for chunks, as the specification puts it together."""
    credential, previous = request.headers["Authorization"].split("Credential=")[1].split(",")[0], ""
    _, date, region, service, _ = credential.split("/")
    previous = request.headers["Authorization"].split("Signature=")[1]
    key = ("AWS4" + ADMIN.secret_access_key).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    scope, moment, empty = credential.split("/", 1)[1], request.headers["X-Amz-Date"], hashlib.sha256(b"").hexdigest()
    body = b""
    for piece in (*pieces, b""):
        lines = ["AWS4-HMAC-SHA256-PAYLOAD", moment, scope, previous, empty, hashlib.sha256(piece).hexdigest()]
        previous = hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()
        body += f"{len(piece):x};chunk-signature={previous}\r\n".encode() + piece + (b"\r\n" if piece else b"")
    if trailer is None:
        return body + b"\r\n"
    lines = ["AWS4-HMAC-SHA256-TRAILER", moment, scope, previous, hashlib.sha256(trailer + b"\n").hexdigest()]
    last = hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    return body + trailer + f"\r\nx-amz-trailer-signature:{last}\r\n\r\n".encode()


@pytest.mark.parametrize("trailer", [None, b"x-amz-checksum-crc32:AAAAAA=="])
def test_every_chunk_is_part_of_what_is_signed(trailer: bytes | None) -> None:
    declared = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("" if trailer is None else "-TRAILER")
    request = signed("PUT", "/bucket/key", service="s3", headers={"x-amz-content-sha256": declared})
    body = _chunked(request, b"first" * 1000, b"second", trailer=trailer)
    check(request, body)
    forged = [
        body.replace(b"second", b"decond"),
        body.replace(b"first", b"burst", 1),
        body + b"more",
        body[: len(body) // 2],
        b"",
        body.split(b"\r\n")[0],
        b"ffffffff;chunk-signature=" + b"0" * 64 + b"\r\n",
        body.replace(b"6;chunk", b"-6;chunk"),
    ]
    if trailer is not None:
        forged.append(body.replace(b"AAAAAA", b"BAAAAA"))
    for other in forged:
        assert refused(request, other) == "SignatureDoesNotMatch"
