"""What AWS asks of tags beyond the service model.

https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html: at most 50 tags per resource, keys unique, no key with
the prefix `aws:`.
"""

from typing import Any

from localaws.sagemaker import refusals

MOST_TAGS = 50


def from_request(request: dict[str, Any]) -> dict[str, str]:
    """The request's `Tags` as a mapping; `AwsError` when a key comes twice or is reserved."""
    tags: dict[str, str] = {}
    for tag in request.get("Tags") or ():
        key = tag["Key"]
        if key in tags:
            raise refusals.invalid(f"Duplicate tag key {key!r}: a key may be given once.")
        if key.lower().startswith("aws:"):
            raise refusals.invalid("aws: prefixed tag key names are not allowed for external use.")
        tags[key] = tag["Value"]
    return tags


def require_few_enough(tags: dict[str, str]) -> None:
    """Raise `AwsError` when a resource would carry more than 50 tags."""
    if len(tags) > MOST_TAGS:
        raise refusals.limit_exceeded(
            limit="Number of tags per resource",
            allowed=MOST_TAGS,
            in_use=MOST_TAGS,
            requested=len(tags) - MOST_TAGS,
            unit="Tags",
        )
