"""Answer the CDK CLI's question "is the stack done?" when it is, not before.

The CLI asks once, and when the stack is still moving it sleeps five seconds before it asks again. Most stacks here are
done within one or two, so holding the first answer back a little is what makes a deployment take as long as it takes.
"""

import asyncio
import time
from typing import Any
from urllib.parse import parse_qs

from ministack.core.responses import request_scope
from ministack.services import cloudformation

_CDK_USER_AGENT = "aws-cdk/"
# Well below any client's time-out, above what an endpoint takes to load a small model.
_HOLD_SECONDS = 20.0
_LOOK_EVERY_SECONDS = 0.05


def asks_for_stack(user_agent: str, body: bytes) -> str | None:
    """The stack (name or id) whose description the CDK CLI asks for, None for every other request."""
    if _CDK_USER_AGENT not in user_agent or b"DescribeStacks" not in body:
        return None
    form = parse_qs(body.decode("utf-8", errors="replace"))
    if form.get("Action") != ["DescribeStacks"]:
        return None
    return form.get("StackName", [None])[0]


async def until_settled(stack: str, *, account: str, region: str) -> None:
    """Return as soon as no operation on `stack` is in progress, at the latest after twenty seconds."""
    deadline = time.monotonic() + _HOLD_SECONDS
    while time.monotonic() < deadline and _is_moving(stack, account=account, region=region):
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


def _is_moving(stack: str, *, account: str, region: str) -> bool:
    with request_scope(account, region):
        records: list[dict[str, Any]] = list(cloudformation._stacks.values())
    return any(
        stack in (record.get("StackName"), record.get("StackId"))
        and str(record.get("StackStatus")).endswith("_IN_PROGRESS")
        # A stack that waits for its first change set is not at work.
        and record.get("StackStatus") != "REVIEW_IN_PROGRESS"
        for record in records
    )
