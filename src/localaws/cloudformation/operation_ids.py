"""Stack events say to which operation they belong; MiniStack's do not.

The CDK CLI reads a stack's events backwards until their OperationId changes: without one it would tell of every failure
that the stack ever had. A failed operation and the roll-back after it are two operations on AWS, as the CLI's own
`mostRecentDeploymentAttempt` documents.
"""

import re
import uuid
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers

Response = tuple[int, dict[str, str], bytes]

_STACK = "AWS::CloudFormation::Stack"
# With these of the stack's own an operation begins; clean-ups are part of the one before.
_BEGINNINGS = {
    "REVIEW_IN_PROGRESS",
    "CREATE_IN_PROGRESS",
    "UPDATE_IN_PROGRESS",
    "DELETE_IN_PROGRESS",
    "IMPORT_IN_PROGRESS",
    "ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "IMPORT_ROLLBACK_IN_PROGRESS",
}
_EVENT_ID = re.compile(rb"<EventId>([^<]*)</EventId>")


def give_operation_ids() -> None:
    """Let DescribeStackEvents answer with OperationId."""
    describe = handlers._describe_stack_events

    def described(parameters: dict[str, Any]) -> Response:
        status, headers, body = describe(parameters)
        stack = handlers._resolve_stack(handlers._p(parameters, "StackName"))
        if status == 200 and stack is not None:
            ids = operation_ids(cloudformation._stack_events.get(stack["StackId"]) or [])
            body = _EVENT_ID.sub(
                lambda found: found[0] + b"<OperationId>%s</OperationId>" % ids[found[1]], _bytes(body)
            )
        return status, headers, body

    handlers._ACTION_HANDLERS["DescribeStackEvents"] = described


def operation_ids(events: list[dict[str, Any]]) -> dict[bytes, bytes]:
    """The operation of each event of a stack, both by id; `events` in the order in which they happened."""
    found: dict[bytes, bytes] = {}
    operation = ""
    for event in events:
        is_of_stack = event["ResourceType"] == _STACK and event["PhysicalResourceId"] == event["StackId"]
        if not operation or (is_of_stack and event["ResourceStatus"] in _BEGINNINGS):
            operation = str(uuid.uuid5(uuid.NAMESPACE_OID, event["EventId"]))
        found[event["EventId"].encode()] = operation.encode()
    return found


def _bytes(body: bytes | str) -> bytes:
    return body.encode() if isinstance(body, str) else body
