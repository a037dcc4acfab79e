"""Act as an execution role: credentials of a real session, so that MiniStack enforces the role's policies.

SageMaker assumes a Model's role through its service principal. No AWS API lets a caller do that on a service's behalf,
so the session is registered with MiniStack's STS directly, after the trust policy has been asked.
"""

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from botocore.credentials import Credentials
from ministack.core.iam_evaluator import _action_matches, _service_principal_matches
from ministack.services import iam, sts

from localaws.boto_clients import make_client
from localaws.errors import AwsError

# AWS's own service sessions last an hour; ours are renewed a little earlier, so that no request meets the end.
_SESSION_SECONDS = 3600
_RENEW_AFTER_SECONDS = 3000
# How long the keys of a session that was just handed out are good at least.
GOOD_FOR_SECONDS = _SESSION_SECONDS - _RENEW_AFTER_SECONDS


@dataclass(frozen=True)
class RoleSession:
    """One session of a role: what boto3.Session would hold, without a loader of service models for each."""

    credentials: Credentials
    region: str

    def get_credentials(self) -> Credentials:
        """The session's keys."""
        return self.credentials


@dataclass(frozen=True)
class RoleClients:
    """boto3 clients that speak to this embedded AWS as one role."""

    session: RoleSession
    endpoint_url: str
    _clients: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self, service_name: str) -> Any:
        """The role's client of a service, for example `client("s3")`; made once, safe to share between threads."""
        with self._lock:
            if service_name not in self._clients:
                self._clients[service_name] = make_client(
                    service_name,
                    endpoint_url=self.endpoint_url,
                    region=self.session.region,
                    credentials=self.session.credentials,
                )
            return self._clients[service_name]


class RoleSessions:
    """Hands out `RoleClients` per role and region, one live session each."""

    def __init__(self, *, endpoint_url: str, service_principal: str = "sagemaker.amazonaws.com") -> None:
        self._endpoint_url = endpoint_url
        self._service_principal = service_principal
        self._sessions: dict[tuple[str, str], tuple[float, RoleClients]] = {}
        self._lock = threading.Lock()

    def require_assumable(self, role_arn: str) -> None:
        """Raise `AwsError` in SageMaker's words unless the role exists and its trust policy names the service."""
        account, role_name = _account_and_name(role_arn)
        role = iam._roles.get_scoped(account, None, role_name) if role_name else None
        if role is None or not _trusts(role["AssumeRolePolicyDocument"], self._service_principal):
            raise AwsError(
                "ValidationException",
                f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
                f"'{self._service_principal}' to assume the role.",
            )

    def clients(self, role_arn: str, *, region: str) -> RoleClients:
        """boto3 clients acting as `role_arn`; every call is held against the role's policies as they are then."""
        self.require_assumable(role_arn)
        with self._lock:
            made_at, clients = self._sessions.get((role_arn, region), (0.0, None))
            if clients is None or time.monotonic() - made_at > _RENEW_AFTER_SECONDS:
                clients = RoleClients(session=_new_session(role_arn, region=region), endpoint_url=self._endpoint_url)
                self._sessions[(role_arn, region)] = (time.monotonic(), clients)
            return clients


def _new_session(role_arn: str, *, region: str) -> RoleSession:
    account, role_name = _account_and_name(role_arn)
    access_key, secret_key, token = iam._gen_session_access_key(), iam._gen_secret(), iam._gen_session_token()
    sts.register_session(
        access_key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/SageMaker",
            "UserId": f"{sts._role_id(role_arn)}:SageMaker",
            "SecretAccessKey": secret_key,
            "SessionToken": token,
            "Expiration": time.time() + _SESSION_SECONDS,
            "AccountId": account,
            "PrincipalType": "AssumedRole",
        },
    )
    return RoleSession(Credentials(access_key, secret_key, token), region)


def _account_and_name(role_arn: str) -> tuple[str, str]:
    """Account and role name of `arn:aws:iam::<account>:role/<path/><name>`; an empty name when it is no such ARN."""
    parts = role_arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("role/"):
        return "", ""
    return parts[4], parts[5].rsplit("/", 1)[-1]


def _trusts(trust_policy: str | dict[str, Any], service_principal: str) -> bool:
    """Whether the trust policy lets the service assume the role.

    MiniStack's own evaluator lets the account root through for any Service principal, which would hide a role that
    names the wrong service; so the statements are read here, with the same matchers.
    """
    document = json.loads(trust_policy) if isinstance(trust_policy, str) else trust_policy
    statements = document.get("Statement", [])
    allowed = False
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement.get("Action", [])
        names_action = _action_matches("sts:AssumeRole", [actions] if isinstance(actions, str) else actions, [])
        if names_action and _service_principal_matches(statement.get("Principal"), service_principal):
            if statement.get("Effect") == "Deny":
                return False
            allowed = True
    return allowed
