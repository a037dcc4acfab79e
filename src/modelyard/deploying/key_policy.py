"""What a key's policy must say for stacks to work with the key, which no policy of IAM can say in its place."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

_USED = ("kms:Decrypt", "kms:GenerateDataKey")


def lets_iam_decide(policy: dict[str, Any], account: str) -> bool:
    """Whether roles of the account may use the key by what IAM grants them.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    principals = {"*", account}
    allowed = {
        action
        for statement in _allowing(policy)
        for principal in _values(statement.get("Principal"), "AWS")
        if principal in principals or principal.endswith(f":iam::{account}:root")
        for action in _USED
        if any(fnmatchcase(action.lower(), said.lower()) for said in _listed(statement.get("Action", [])))
    }
    return allowed == set(_USED)


def lets_logs_encrypt(policy: dict[str, Any]) -> bool:
    """Whether CloudWatch Logs may encrypt log groups with the key, for some of them at least.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    return any(
        principal == "*" or principal.startswith("logs.")
        for statement in _allowing(policy)
        for principal in _values(statement.get("Principal"), "Service")
    )


def _allowing(policy: dict[str, Any]) -> Iterator[dict[str, Any]]:
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement.get("Effect") == "Allow":
            yield statement


def _values(principal: Any, kind: str) -> list[str]:
    if principal == "*":
        return ["*"] if kind == "AWS" else []
    return _listed(principal.get(kind, [])) if isinstance(principal, dict) else []


def _listed(said: Any) -> list[str]:
    return [str(one) for one in said] if isinstance(said, list) else [str(said)]
