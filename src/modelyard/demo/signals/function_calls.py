"""Which calls are tried under the roles of the two processors: one that each needs, and some that neither may make."""

from __future__ import annotations

from typing import Any

from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.naming import FOUNDATION, RAW_CAPTURE_PREFIX, artifacts_prefix, stack_name
from modelyard.demo.signals.roles import Call
from modelyard.shell.account import Account
from modelyard.shell.foundation import ARTIFACTS_BUCKET, published

STREAM_PROCESSOR = "StreamProcessor"
CAPTURE_PROCESSOR = "CaptureProcessor"


def processor_calls(account: Account, catalog: Catalog, entry: Entry) -> list[tuple[str, list[Call]]]:
    """The functions' names with the calls that are to be tried; `entry` is whose endpoint and weights they go for."""
    cloudformation, s3 = account.client("cloudformation"), account.client("s3")
    buckets = {what: published(account, catalog, what) for what in (ARTIFACTS_BUCKET, "signals-bucket")}
    capture_bucket = published(account, catalog, "capture-bucket")
    stream = published(account, catalog, "record-stream-arn")

    def function(logical_id: str) -> str:
        stack = stack_name(catalog.environment_name, FOUNDATION)
        described = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
        return str(described["StackResourceDetail"]["PhysicalResourceId"])

    weights = _first_key(s3, buckets[ARTIFACTS_BUCKET], artifacts_prefix(entry))
    rows = _first_key(s3, buckets["signals-bucket"], "requests/")
    raw = _first_key(s3, capture_bucket, RAW_CAPTURE_PREFIX)
    ask = Call(
        what="ask an endpoint",
        service="sagemaker-runtime",
        operation="invoke_endpoint",
        parameters={"EndpointName": entry.endpoint_name, "ContentType": "application/json", "Body": "{}"},
        allowed=False,
    )
    read_weights = _read("read a model's weights", buckets[ARTIFACTS_BUCKET], weights, allowed=False)
    forge = {"StreamARN": stream, "Data": "{}", "PartitionKey": "1"}
    calls = [
        (
            function(STREAM_PROCESSOR),
            [
                _look_at(stream, allowed=True),
                Call(
                    what="write a record into that stream",
                    service="kinesis",
                    operation="put_record",
                    parameters=forge,
                    allowed=False,
                ),
                _read("read a file of the table", buckets["signals-bucket"], rows, allowed=False),
                read_weights,
                ask,
            ],
        )
    ]
    capture_calls = [
        _look_at(stream, allowed=False),
        read_weights,
        ask,
    ]
    if raw is not None:
        capture_calls.insert(0, _read("read a raw captured file", capture_bucket, raw, allowed=True))
    return [*calls, (function(CAPTURE_PROCESSOR), capture_calls)]


def _look_at(stream_arn: str, *, allowed: bool) -> Call:
    return Call(
        what="look at the record stream",
        service="kinesis",
        operation="describe_stream_summary",
        parameters={"StreamARN": stream_arn},
        allowed=allowed,
    )


def _read(what: str, bucket: str, key: str | None, *, allowed: bool) -> Call:
    # Of what is not there S3 says AccessDenied as well, to whom may not list the bucket.
    parameters = {"Bucket": bucket, "Key": key or "nothing"}
    return Call(what=what, service="s3", operation="get_object", parameters=parameters, allowed=allowed)


def _first_key(s3: Any, bucket: str, prefix: str) -> str | None:
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("Contents", [])
    return str(found[0]["Key"]) if found else None
