"""`aws:PrincipalArn` of a session is its role, as policies name it; MiniStack compares them with the session itself.

Source: IAM user guide, "AWS global condition context keys", aws:PrincipalArn: for IAM roles the request context returns
the ARN of the role, not the ARN of the user that assumed the role.
"""

from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam


def know_roles_of_sessions() -> None:
    """Let conditions on aws:PrincipalArn see the role."""
    resolve = iam_evaluator._resolve_condition_key

    def resolved(key: str, context: Any) -> Any:
        value = resolve(key, context)
        return _role_arn(value) if key.lower() == "aws:principalarn" and isinstance(value, str) else value

    iam_evaluator._resolve_condition_key = resolved


def _role_arn(principal_arn: str) -> str:
    """The ARN of the role of arn:aws:sts::<account>:assumed-role/<role>/<session>; other principals are themselves."""
    name = iam_evaluator._role_name_from_assumed_arn(principal_arn) if ":assumed-role/" in principal_arn else ""
    role = iam._roles.get_scoped(principal_arn.split(":")[4], None, name) if name else None
    return str(role["Arn"]) if role else principal_arn
