"""Under which roles the Lambda functions run, what those allow, and what they refuse when it is tried."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from modelyard.shell.failure import Failure

_PROBE = "modelyard-demo-role-probe"
_PYTHON = "python3.13"
_NOT_ALLOWED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_COMPLAINTS = ("ERROR", "AccessDenied", "Traceback")
_WAIT = {"Delay": 1, "MaxAttempts": 30}


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that the role either needs or must not be able to make; `what` says it in words."""

    what: str
    service: str
    operation: str
    allowed: bool
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A call that was made under the role; `error` is AWS's code, None where it was allowed."""

    call: Call
    error: str | None

    @property
    def as_meant(self) -> bool:
        """Allowed where it is needed; refused, and for no other reason than IAM, where it is not."""
        return self.error is None if self.call.allowed else self.error in _NOT_ALLOWED


@dataclass(frozen=True, kw_only=True)
class FunctionRole:
    """A function of the foundation: how it did, under which role, and what that role allows.

    `runs` are the reports of invocations in its log, `complaints` the lines there that tell of an error.
    """

    function: str
    role: str
    identity: str
    grants: tuple[str, ...]
    runs: int
    complaints: int
    attempts: tuple[Attempt, ...]


class RoleTrial:
    """Looks at deployed functions with an administrator's clients."""

    def __init__(self, *, functions: Any, iam: Any, logs: Any) -> None:
        self._lambda = functions
        self._iam = iam
        self._logs = logs

    def of(self, function: str, calls: Sequence[Call]) -> FunctionRole:
        """Try the calls in a function of our own that is given the same role and is removed at once."""
        role_arn = self._lambda.get_function_configuration(FunctionName=function)["Role"]
        role = role_arn.rpartition("/")[2]
        log = self._log(function)
        answer = self._try(role_arn, calls)
        return FunctionRole(
            function=function,
            role=role,
            identity=answer["identity"],
            grants=self._grants(role),
            runs=sum(line.startswith("REPORT ") for line in log),
            complaints=sum(any(word in line for word in _COMPLAINTS) for line in log),
            attempts=tuple(
                Attempt(call=call, error=error) for call, error in zip(calls, answer["answers"], strict=True)
            ),
        )

    def _try(self, role_arn: str, calls: Sequence[Call]) -> dict[str, Any]:
        self._lambda.create_function(
            FunctionName=_PROBE,
            Runtime=_PYTHON,
            Handler="role_probe.handle",
            Role=role_arn,
            Code={"ZipFile": _archive()},
            Timeout=30,
        )
        try:
            self._lambda.get_waiter("function_active_v2").wait(FunctionName=_PROBE, WaiterConfig=_WAIT)
            payload = {
                "calls": [
                    {"service": call.service, "operation": call.operation, "parameters": call.parameters}
                    for call in calls
                ]
            }
            response = self._lambda.invoke(FunctionName=_PROBE, Payload=json.dumps(payload).encode())
            answer: dict[str, Any] = json.loads(response["Payload"].read())
        finally:
            self._lambda.delete_function(FunctionName=_PROBE)
        if "answers" not in answer:
            raise Failure(f"the function that tries what {role_arn} may do failed: {answer}")
        return answer

    def _grants(self, role: str) -> tuple[str, ...]:
        """Every action that the role's policies name."""
        actions: set[str] = set()
        for name in self._iam.list_role_policies(RoleName=role)["PolicyNames"]:
            policy = self._iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for statement in policy["Statement"]:
                named = statement["Action"]
                actions.update([named] if isinstance(named, str) else named)
        return tuple(sorted(actions))

    def _log(self, function: str) -> list[str]:
        pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
        return [event["message"] for page in pages for event in page["events"]]


def _archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("role_probe.py", (files("modelyard.demo.signals") / "role_probe.py").read_text("utf-8"))
    return content.getvalue()
