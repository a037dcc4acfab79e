"""A container's keys: its Model's role, fetched from an address that only it knows, as on AWS.

SageMaker gives a container AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, an address on its own host; here many containers
share the host, so each gets the full address and a token of its own.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import json
import secrets
import time
from typing import Any

from localaws.errors import AwsError
from localaws.role_session import GOOD_FOR_SECONDS, RoleSessions
from localaws.threaded_app import Receive, Scope, Send

PATH = "/localaws/container-credentials"


class ContainerCredentials:
    """Makes the variables of a container, and answers what it asks with them."""

    def __init__(self, *, roles: RoleSessions, endpoint_url: str) -> None:
        self._roles = roles
        self._endpoint_url = endpoint_url
        self._tokens: dict[str, tuple[str, str]] = {}

    def variables(self, role_arn: str, region: str) -> dict[str, str]:
        """What a container must be told to act as a role, and to find embedded AWS in place of AWS."""
        token = secrets.token_urlsafe(24)
        self._tokens[token] = (role_arn, region)
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self._endpoint_url}{PATH}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
            "AWS_ENDPOINT_URL": self._endpoint_url,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        known = self._tokens.get(token)
        status, answer = self._answer(*known) if known else (403, {"message": "this token is no container's"})
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _answer(self, role_arn: str, region: str) -> tuple[int, dict[str, Any]]:
        try:
            return 200, self._keys(role_arn, region)
        except AwsError as refusal:
            # The role may have gone, or may trust SageMaker no more.
            return 403, {"code": refusal.code, "message": refusal.message}

    def _keys(self, role_arn: str, region: str) -> dict[str, Any]:
        keys = self._roles.clients(role_arn, region=region).session.get_credentials().get_frozen_credentials()
        ends = time.gmtime(time.time() + GOOD_FOR_SECONDS)
        return {
            "AccessKeyId": keys.access_key,
            "SecretAccessKey": keys.secret_key,
            "Token": keys.token,
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", ends),
            "RoleArn": role_arn,
        }
