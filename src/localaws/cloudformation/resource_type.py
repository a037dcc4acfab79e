"""What every CloudFormation type of ours has in common."""

import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from localaws.errors import AwsError

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]

_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Place:
    """The stack's account and region."""

    account: str
    region: str


@dataclass(frozen=True)
class Schema:
    """The facts of a type's CloudFormation schema that decide how an update goes.

    `create_only`: properties whose change replaces the resource. `tags`: whether the type has a `Tags` list, into which
    CloudFormation merges the stack's tags. `blocks`: whether handling it waits for something outside this process.
    """

    type_name: str
    create_only: tuple[str, ...]
    tags: bool = True
    blocks: bool = True


class ResourceType(Protocol):
    """Creates, updates and deletes the resources of one type."""

    schema: Schema

    def create(self, logical_id: str, properties: Properties, place: Place) -> Created:
        """Physical id (what Ref answers) and attributes (what Fn::GetAtt answers) of a new resource."""
        ...

    def update(self, physical_id: str, old: Properties, new: Properties, place: Place) -> Created:
        """Change a resource in place; only called when no create-only property changed."""
        ...

    def delete(self, physical_id: str, properties: Properties, place: Place) -> None:
        """Delete a resource; one that is already gone is deleted."""
        ...


def generated_name(logical_id: str, *, max_length: int = 63) -> str:
    """A physical name in CloudFormation's form `<LogicalId>-<12 random characters>`, cut to the service's limit."""
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return f"{logical_id[: max_length - len(suffix) - 1]}-{suffix}"


@contextmanager
def handler_errors(service: str) -> Iterator[None]:
    """Word a service's refusal as the reason of a stack event, in the form CloudFormation's resource handlers use."""
    try:
        yield
    except AwsError as refusal:
        raise ValueError(
            f'Resource handler returned message: "{refusal.message} (Service: {service}, '
            f'Status Code: {refusal.http_status})" (HandlerErrorCode: {_handler_error_code(refusal)})'
        ) from refusal


def _handler_error_code(refusal: AwsError) -> str:
    if "already exist" in refusal.message:
        return "AlreadyExists"
    if is_not_found(refusal):
        return "NotFound"
    if refusal.code in ("ResourceLimitExceeded", "LimitExceededException"):
        return "ServiceLimitExceeded"
    if refusal.code.startswith("AccessDenied"):
        return "AccessDenied"
    return "InvalidRequest" if refusal.http_status < 500 else "ServiceInternalError"


def is_not_found(refusal: AwsError) -> bool:
    """Whether a refusal says that the resource does not exist (SageMaker has no error code of its own for that)."""
    return refusal.message.startswith("Could not find") or refusal.code in (
        "ObjectNotFoundException",
        "ResourceNotFound",
    )
