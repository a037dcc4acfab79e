"""Who reads or writes an object that a KMS key encrypts needs the key as well, as S3 asks KMS in the caller's name.

MiniStack checks S3's permissions only, so a role without a grant on the key would work here and fail on AWS.
Sources: S3 user guide, "Using server-side encryption with AWS KMS keys": GetObject and the source of a copy need
kms:Decrypt, PutObject, CopyObject and multipart uploads kms:GenerateDataKey; the encryption context is the object's
ARN, or the bucket's where it uses an S3 bucket key. API reference, HeadObject: kms:Decrypt where checksums are asked
for. KMS developer guide, "Key states": a key that is disabled or waits for its deletion encrypts and decrypts nothing.
"""

import re
from typing import Any
from urllib.parse import unquote

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
    get_object, put_object, head_object = s3._get_object, s3._put_object, s3._head_object
    create_upload, copy_object, copy_part = s3._create_multipart_upload, s3._copy_object, s3._upload_part_copy

    def get(bucket: str, key: str, headers: Headers, query: dict[str, list[str]] | None = None) -> Response:
        response: Response = get_object(bucket, key, headers, query)
        key_id = response[1].get(_KEY_ID) if response[0] < 300 else None
        return _denial("kms:Decrypt", key_id, bucket, key, headers, query or {}) or response

    def head(
        bucket: str, key: str, headers: Headers | None = None, query: dict[str, list[str]] | None = None
    ) -> Response:
        response: Response = head_object(bucket, key, headers, query)
        asked = (headers or {}).get("x-amz-checksum-mode", "").upper() == "ENABLED"
        key_id = response[1].get(_KEY_ID) if asked and response[0] < 300 else None
        return _denial("kms:Decrypt", key_id, bucket, key, headers or {}, query or {}) or response

    def copy(bucket: str, key: str, headers: Headers) -> Response:
        refused = _source_denial(headers) or _write_denial(bucket, key, headers)
        return refused or copy_object(bucket, key, headers)

    def part(bucket: str, key: str, query: dict[str, list[str]], headers: Headers) -> Response:
        return _source_denial(headers) or copy_part(bucket, key, query, headers)

    def put(bucket: str, key: str, body: bytes, headers: Headers) -> Response:
        refused = _write_denial(bucket, key, headers)
        return refused or put_object(bucket, key, body, headers)

    def create(bucket: str, key: str, headers: Headers) -> Response:
        refused = _write_denial(bucket, key, headers)
        return refused or create_upload(bucket, key, headers)

    s3._get_object, s3._put_object, s3._head_object = get, put, head
    s3._create_multipart_upload, s3._copy_object, s3._upload_part_copy = create, copy, part


def _write_denial(bucket: str, key: str, headers: Headers) -> Response | None:
    """Whether a write may be encrypted: with the key that it names, else with the bucket's."""
    sse_headers, _ = s3._resolve_sse_write_headers(headers, bucket)
    return _denial("kms:GenerateDataKey", (sse_headers or {}).get(_KEY_ID), bucket, key, headers, {})


def _source_denial(headers: Headers) -> Response | None:
    """Whether what is to be copied may be read."""
    source = unquote(headers.get("x-amz-copy-source", "").lstrip("/").partition("?")[0])
    bucket, _, key = source.partition("/")
    found = (s3._ensure_bucket(bucket) or {}).get("objects", {}).get(key)
    key_id = s3._stored_sse_headers(found).get(_KEY_ID) if found else None
    return _denial("kms:Decrypt", key_id, bucket, key, headers, {})


def _encrypted_arn(bucket: str, key: str) -> str:
    """What S3 names in the encryption context."""
    configuration = s3._bucket_encryption.get(bucket) or b""
    text = configuration.decode() if isinstance(configuration, bytes) else str(configuration)
    uses_bucket_key = re.search(r"BucketKeyEnabled>\s*true", text, re.IGNORECASE)
    return f"arn:aws:s3:::{bucket}" if uses_bucket_key else f"arn:aws:s3:::{bucket}/{key}"


def _denial(
    action: str, key_id: str | None, bucket: str, key: str, headers: Headers, query: dict[str, list[str]]
) -> Response | None:
    """S3's refusal when the caller may not use the key, None when it may or none is needed."""
    access_key = extract_access_key_id(headers, query)
    if key_id is None or key_id.endswith(_MANAGED_KEY):
        return None
    record = kms._resolve_key(key_id)
    if record is None:
        return _refusal("KMS.NotFoundException", f"Invalid keyId {key_id!r}", status=400)
    if record["KeyState"] == "Disabled":
        return _refusal("KMS.DisabledException", f"{record['Arn']} is disabled.", status=400)
    if record["KeyState"] != "Enabled":
        waiting = f"{record['Arn']} is pending deletion."
        return _refusal("KMS.KMSInvalidStateException", waiting, status=400)
    if is_root_access_key(access_key):
        return None
    context = {
        "kms:viaservice": f"s3.{get_region()}.amazonaws.com",
        "kms:encryptioncontext:aws:s3:arn": _encrypted_arn(bucket, key),
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
