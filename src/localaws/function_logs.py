"""A function's log group is made anew only by a role that may; MiniStack makes it whoever writes, even when deleted.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html: a function's role needs
logs:CreateLogGroup for that. An invocation that ends after its stack's log group would otherwise leave a group behind
that the stack's next deployment finds in its way.
"""

import contextvars
from typing import Any

from ministack.core.iam_evaluator import enforce
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import cloudwatch_logs, lambda_svc

from localaws.errors import AwsError
from localaws.role_session import RoleSessions


def restrict_new_log_groups_to_roles(*, endpoint_url: str) -> None:
    """Drop what a function logs where its group is not there and its role may not make it."""
    roles = RoleSessions(endpoint_url=endpoint_url, service_principal="lambda.amazonaws.com")
    emit = lambda_svc._emit_lambda_logs

    def emit_as_role(function: dict[str, Any], *arguments: Any, **named: Any) -> None:
        config = function.get("config") or function
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        if group in cloudwatch_logs._log_groups or _may_create(roles, config.get("Role", ""), group):
            emit(function, *arguments, **named)

    lambda_svc._emit_lambda_logs = emit_as_role


def _may_create(roles: RoleSessions, role_arn: str, group: str) -> bool:
    # A context of its own: the one at hand holds the request of whoever invoked the function.
    return contextvars.Context().run(_may_create_as_role, roles, role_arn, group, get_account_id(), get_region())


def _may_create_as_role(roles: RoleSessions, role_arn: str, group: str, account: str, region: str) -> bool:
    arn = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:"
    try:
        credentials = roles.clients(role_arn, region=region).session.get_credentials()
    except AwsError:
        # The role is gone, with its stack.
        return False
    with request_scope(account, region):
        return enforce(credentials.access_key, "logs:CreateLogGroup", "logs", region, resource_arn=arn) is None
