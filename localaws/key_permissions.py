"""Who reads or writes an object that a KMS key encrypts needs the key as well, as S3 asks KMS in the caller's name.

MiniStack checks S3's permissions only, so a role without a grant on the key would work here and fail on AWS.
Source: S3 user guide, "Using server-side encryption with AWS KMS keys": GetObject needs kms:Decrypt, PutObject and
multipart uploads kms:GenerateDataKey.
"""

from typing import Any

from ministack.core.iam_actions import access_denied_response, identity_denial_message
from ministack.core.iam_evaluator import AuthError, enforce, is_root_access_key
from ministack.core.responses import get_region, new_uuid
from ministack.core.router import extract_access_key_id
from ministack.services import kms, s3

_KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id"
# S3's own key of the account grants itself to whoever may use the bucket.
_MANAGED_KEY = ":alias/aws/s3"
Headers = dict[str, str]
Response = tuple[int, Headers, Any]


def require_key_permissions() -> None:
    """Let S3's reads and writes ask for the key too."""
    get_object, put_object = s3._get_object, s3._put_object
    create_upload = s3._create_multipart_upload

    def get(bucket: str, key: str, headers: Headers, query: dict[str, list[str]] | None = None) -> Response:
        response: Response = get_object(bucket, key, headers, query)
        key_id = response[1].get(_KEY_ID) if response[0] < 300 else None
        return _denial("kms:Decrypt", key_id, bucket, headers, query or {}) or response

    def put(bucket: str, key: str, body: bytes, headers: Headers) -> Response:
        refused = _denial("kms:GenerateDataKey", _key_of_write(headers, bucket), bucket, headers, {})
        return refused or put_object(bucket, key, body, headers)

    def create(bucket: str, key: str, headers: Headers) -> Response:
        refused = _denial("kms:GenerateDataKey", _key_of_write(headers, bucket), bucket, headers, {})
        return refused or create_upload(bucket, key, headers)

    s3._get_object, s3._put_object, s3._create_multipart_upload = get, put, create


def _key_of_write(headers: Headers, bucket: str) -> str | None:
    """The key that a write would be encrypted with: the one it names, else the bucket's."""
    sse_headers, _ = s3._resolve_sse_write_headers(headers, bucket)
    return (sse_headers or {}).get(_KEY_ID)


def _denial(
    action: str, key_id: str | None, bucket: str, headers: Headers, query: dict[str, list[str]]
) -> Response | None:
    """S3's refusal when the caller may not use the key, None when it may or none is needed."""
    access_key = extract_access_key_id(headers, query)
    if key_id is None or key_id.endswith(_MANAGED_KEY) or is_root_access_key(access_key):
        return None
    record = kms._resolve_key(key_id)
    if record is None:
        return _refusal("KMS.NotFoundException", f"Invalid keyId {key_id!r}", status=400)
    context = {
        "kms:viaservice": f"s3.{get_region()}.amazonaws.com",
        "kms:encryptioncontext:aws:s3:arn": f"arn:aws:s3:::{bucket}",
    }
    refused = enforce(access_key, action, "kms", get_region(), resource_arn=record["Arn"], service_context=context)
    if refused is None:
        return None
    if isinstance(refused, AuthError):
        return _refusal(refused.code, refused.message)
    explicit = refused.decision == "Deny"
    return _refusal("AccessDenied", identity_denial_message(action, refused.principal_arn, record["Arn"], explicit))


def _refusal(code: str, message: str, *, status: int = 403) -> Response:
    _, headers, body = access_denied_response("s3", "", "", new_uuid(), message=message)
    return status, headers, body.replace(b"<Code>AccessDenied</Code>", f"<Code>{code}</Code>".encode())
