"""Properties of AWS::S3::Bucket that MiniStack's type leaves out, set through MiniStack's own S3 operations."""

import functools
import re
from collections.abc import Callable
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel as BotocoreModel
from botocore.serialize import create_serializer
from ministack.services import s3

# What S3 answers to an operation: status, headers, body.
Response = tuple[int, dict[str, str], bytes]


def set_encryption(bucket: str, value: dict[str, Any] | None) -> None:
    """`BucketEncryption`; without it a bucket is encrypted with S3's own key."""
    if value is None:
        _require_done(s3._delete_bucket_encryption(bucket))
        return
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            **({"BucketKeyEnabled": _boolean(rule["BucketKeyEnabled"])} if "BucketKeyEnabled" in rule else {}),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    body = _body("PutBucketEncryption", bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    _require_done(s3._put_bucket_encryption(bucket, body))


def set_lifecycle(bucket: str, value: dict[str, Any] | None) -> None:
    """`LifecycleConfiguration`."""
    if value is None:
        _require_done(s3._delete_bucket_lifecycle(bucket))
        return
    rules = [_lifecycle_rule(rule) for rule in value["Rules"]]
    body = _body("PutBucketLifecycleConfiguration", bucket, LifecycleConfiguration={"Rules": rules})
    _require_done(s3._put_bucket_lifecycle(bucket, body))


def set_ownership_controls(bucket: str, value: dict[str, Any] | None) -> None:
    """`OwnershipControls`."""
    if value is None:
        _require_done(s3._delete_bucket_ownership_controls(bucket))
        return
    body = _body("PutBucketOwnershipControls", bucket, OwnershipControls=value)
    _require_done(s3._put_bucket_ownership_controls(bucket, body))


def set_logging(bucket: str, value: dict[str, Any] | None) -> None:
    """`LoggingConfiguration`; a bucket without a destination keeps its own access logs."""
    status = {}
    if value is not None:
        status = {
            "LoggingEnabled": {
                "TargetBucket": value.get("DestinationBucketName", bucket),
                "TargetPrefix": value.get("LogFilePrefix", ""),
            }
        }
    _require_done(s3._put_bucket_logging(bucket, _body("PutBucketLogging", bucket, BucketLoggingStatus=status)))


def set_canned_acl(bucket: str, value: str | None) -> None:
    """`AccessControl`, for example `LogDeliveryWrite`; `Private`, the default, also suits a bucket without ACLs."""
    if value in (None, "Private") and bucket not in s3._bucket_acl:
        return
    canned = re.sub(r"(?<!^)(?=[A-Z])", "-", value or "Private").lower()
    _require_done(s3._put_bucket_acl(bucket, b"", {"x-amz-acl": canned}))


def set_tags(bucket: str, value: list[dict[str, str]] | None) -> None:
    """`Tags`, with the stack's."""
    s3._bucket_tags[bucket] = {tag["Key"]: tag["Value"] for tag in value or ()}


def refuse_to_delete_contents(delete: Callable[..., None]) -> Callable[..., None]:
    """A handler that deletes an empty bucket as `delete` does and refuses one that holds anything, as S3 does."""

    def delete_if_empty(bucket: str, properties: dict[str, Any]) -> None:
        record = s3._buckets.get(bucket)
        if record is not None and (record["objects"] or s3._bucket_has_versions(bucket)):
            raise ValueError(
                'Resource handler returned message: "The bucket you tried to delete is not empty '
                '(Service: S3, Status Code: 409)" (HandlerErrorCode: GeneralServiceException)'
            )
        delete(bucket, properties)

    return delete_if_empty


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A template's rule as S3's API spells it."""
    known = {
        "Id", "Status", "Prefix", "TagFilters", "ExpirationInDays", "ExpirationDate", "ExpiredObjectDeleteMarker",
        "NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays", "AbortIncompleteMultipartUpload",
        "Transitions", "NoncurrentVersionTransitions", "ObjectSizeGreaterThan", "ObjectSizeLessThan",
    }  # fmt: skip
    unknown = sorted(rule.keys() - known)
    if unknown:
        raise ValueError(f"embedded AWS does not know {', '.join(unknown)} in a bucket's lifecycle rule")
    converted: dict[str, Any] = {"Status": rule["Status"], "Filter": _lifecycle_filter(rule)}
    if "Id" in rule:
        converted["ID"] = rule["Id"]
    expiration = {
        api: value
        for api, value in (
            ("Days", _whole(rule.get("ExpirationInDays"))),
            ("Date", rule.get("ExpirationDate")),
            ("ExpiredObjectDeleteMarker", _optional_boolean(rule.get("ExpiredObjectDeleteMarker"))),
        )
        if value is not None
    }
    if expiration:
        converted["Expiration"] = expiration
    noncurrent = rule.get("NoncurrentVersionExpiration")
    if noncurrent is None and "NoncurrentVersionExpirationInDays" in rule:
        noncurrent = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
    if noncurrent is not None:
        converted["NoncurrentVersionExpiration"] = {key: int(value) for key, value in noncurrent.items()}
    if "AbortIncompleteMultipartUpload" in rule:
        days = int(rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"])
        converted["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    if "Transitions" in rule:
        converted["Transitions"] = [
            {
                "StorageClass": one["StorageClass"],
                **({"Days": int(one["TransitionInDays"])} if "TransitionInDays" in one else {}),
                **({"Date": one["TransitionDate"]} if "TransitionDate" in one else {}),
            }
            for one in rule["Transitions"]
        ]
    if "NoncurrentVersionTransitions" in rule:
        converted["NoncurrentVersionTransitions"] = [
            {"StorageClass": one["StorageClass"], "NoncurrentDays": int(one["TransitionInDays"])}
            for one in rule["NoncurrentVersionTransitions"]
        ]
    return converted


def _lifecycle_filter(rule: dict[str, Any]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for name in ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        if name in rule:
            parts[name] = rule[name] if name == "Prefix" else int(rule[name])
    tags = rule.get("TagFilters") or []
    if not parts and not tags:
        return {"Prefix": ""}
    if len(parts) + len(tags) > 1:
        return {"And": {**parts, **({"Tags": tags} if tags else {})}}
    return parts or {"Tag": tags[0]}


@functools.cache
def _s3_model() -> BotocoreModel:
    return BotocoreModel(Loader().load_service_model("s3", "service-2"), "s3")


def _body(operation: str, bucket: str, **members: Any) -> bytes:
    """The XML body that a client would send for the operation."""
    serializer = create_serializer("rest-xml", include_validation=True)
    request = serializer.serialize_to_request({"Bucket": bucket, **members}, _s3_model().operation_model(operation))
    body = request["body"]
    return body if isinstance(body, bytes) else str(body).encode()


def _require_done(response: Response) -> None:
    status, _, body = response
    if status >= 400:
        message = re.search(r"<Message>(.*?)</Message>", body.decode("utf-8", errors="replace"))
        raise ValueError(
            f'Resource handler returned message: "{message[1] if message else body!r} '
            f'(Service: S3, Status Code: {status})" (HandlerErrorCode: InvalidRequest)'
        )


def _boolean(value: Any) -> bool:
    return str(value).lower() == "true"


def _optional_boolean(value: Any) -> bool | None:
    return None if value is None else _boolean(value)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
