"""IAM policies and the statements that they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Statement = dict[str, Any]


def policy_document(statements: Sequence[Statement]) -> dict[str, Any]:
    """An IAM policy document of the current language version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: Sequence[str], resources: Sequence[Any], **conditions: Mapping[str, Any]) -> Statement:
    """A statement that allows; `conditions` by operator: `StringEquals={"aws:SourceAccount": account}`."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": conditions} if conditions else {})
