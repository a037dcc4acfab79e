"""What the List operations have in common: filters, order, pages."""

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from localaws.errors import AwsError

_Item = TypeVar("_Item")

# AWS's own page size of these operations when the request names none (botocore model: MaxResults at most 100).
_DEFAULT_PAGE = 10


def page_of(
    items: Sequence[_Item],
    request: dict[str, Any],
    *,
    name: Callable[[_Item], str],
    created: Callable[[_Item], datetime],
    modified: Callable[[_Item], datetime] | None = None,
    status: Callable[[_Item], str] | None = None,
) -> tuple[list[_Item], str | None]:
    """The items a List request asks for, newest first unless it says otherwise, and the token of the next page."""
    kept = [
        item for item in items if _matches(item, request, name=name, created=created, modified=modified, status=status)
    ]
    sort_by = request.get("SortBy", "CreationTime")
    # Names break ties, so that two resources of the same moment never swap places between two pages.
    kept.sort(key=name)
    if sort_by == "CreationTime":
        kept.sort(key=created)
    elif sort_by == "Status" and status is not None:
        kept.sort(key=status)
    if request.get("SortOrder", "Descending") == "Descending":
        kept.reverse()
    start = _offset(request.get("NextToken"))
    end = start + int(request.get("MaxResults", _DEFAULT_PAGE))
    return kept[start:end], _token(end) if end < len(kept) else None


def _matches(
    item: _Item,
    request: dict[str, Any],
    *,
    name: Callable[[_Item], str],
    created: Callable[[_Item], datetime],
    modified: Callable[[_Item], datetime] | None,
    status: Callable[[_Item], str] | None,
) -> bool:
    if "NameContains" in request and request["NameContains"].lower() not in name(item).lower():
        return False
    if "StatusEquals" in request and status is not None and status(item) != request["StatusEquals"]:
        return False
    moments = [("CreationTime", created)] + ([("LastModifiedTime", modified)] if modified is not None else [])
    for field, moment in moments:
        after, before = request.get(f"{field}After"), request.get(f"{field}Before")
        if after is not None and moment(item) <= _moment(after):
            return False
        if before is not None and moment(item) >= _moment(before):
            return False
    return True


def _moment(value: float | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset={offset}".encode()).decode()


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("offset="))
    except ValueError:
        raise AwsError("ValidationException", "Invalid NextToken.") from None
