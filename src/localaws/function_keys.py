"""The keys with which a Lambda function acts as its role.

MiniStack makes them of the function's and the role's names alone, so whoever knows the names could make them too.
Here they are made with a secret of this process as well.
"""

import hashlib
import hmac
import secrets
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc, sts

_SECRET = secrets.token_bytes(32)
_LONGEST_SESSION_NAME = 64


def make_function_keys_secret() -> None:
    """Let MiniStack give functions keys that cannot be guessed."""
    lambda_runtime.execution_credentials = _keys
    lambda_svc.execution_credentials = _keys


def _keys(config: dict[str, Any]) -> dict[str, str]:
    """The same keys for the same function and role: its processes come and go, the session stays."""
    role_arn, function_arn = config.get("Role", ""), config.get("FunctionArn", "")
    account, _region = lambda_runtime._account_region_from_function_config(config)
    role_name = role_arn.rsplit("/", 1)[-1]
    session_name = config.get("FunctionName", "function")[:_LONGEST_SESSION_NAME]

    def derived(what: str) -> str:
        return hmac.new(_SECRET, f"{what}:{function_arn}:{role_arn}".encode(), hashlib.sha256).hexdigest()

    access_key = f"ASIA{derived('id')[:16].upper()}"
    secret_key, token = derived("secret"), derived("token")
    sts.register_session(
        access_key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{session_name}",
            "UserId": f"{role_name}:{session_name}",
            "SecretAccessKey": secret_key,
            "SessionToken": token,
        },
    )
    return {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key, "AWS_SESSION_TOKEN": token}
