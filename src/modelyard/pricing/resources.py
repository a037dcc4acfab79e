"""A stack's resources as its template has them, and how one of them is found from another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Properties = Mapping[str, Any]
# By logical id; blueprints are rendered to it, and a snapshot that another version of the code wrote is made of it.
Resources = Mapping[str, Mapping[str, Any]]


class UnreadableResource(Exception):
    """A resource whose properties are none that CloudFormation takes: what it costs cannot be said."""


@contextmanager
def readable(type_name: str) -> Iterator[None]:
    """Around whatever reads resources of a type: only a snapshot that somebody edited lacks what the type requires.

    Raises:
        UnreadableResource: for what a resource lacks, or has in another form.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as wrong:
        said = f"{type(wrong).__name__}: {wrong}"
        raise UnreadableResource(f"a resource of type {type_name} lacks what its type requires ({said})") from wrong


def of_type(resources: Resources, type_name: str) -> dict[str, Properties]:
    """The properties of all resources of a type, by logical id."""
    return {key: one.get("Properties", {}) for key, one in resources.items() if one["Type"] == type_name}


def properties_of(resources: Resources, logical_id: str | None) -> Properties | None:
    """The properties of one resource; None where there is none of that id."""
    found = resources.get(logical_id) if logical_id is not None else None
    return None if found is None else found.get("Properties", {})


def bucket_and_key(resources: Resources, uri: str) -> tuple[Properties, str]:
    """The bucket that an S3 URI names, if it is among the resources, and the key behind it."""
    name, _, key = uri.removeprefix("s3://").partition("/")
    buckets = of_type(resources, "AWS::S3::Bucket").values()
    return next((one for one in buckets if one.get("BucketName") == name), {}), key


def keep_days(bucket: Properties, key: str) -> int | None:
    """After how many days a bucket deletes what lies below a key; None where it keeps it without end."""
    return min(_expirations(bucket, key), default=None)


def _expirations(bucket: Properties, key: str) -> Iterator[int]:
    for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", ()):
        days = rule.get("ExpirationInDays")
        if days is not None and rule["Status"] == "Enabled" and key.startswith(rule.get("Prefix", "")):
            yield days
