"""The keys of the execution role, as SageMaker gives them to a container.

Keys in the environment come first, then the address that AWS_CONTAINER_CREDENTIALS_* names, whose keys end and are
fetched again: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

# Where a relative address lies.
_HOST = "http://169.254.170.2"
_FETCH_SECONDS = 2.0
_MOST_BYTES = 64 * 1024
_RENEW_BEFORE_SECONDS = 300.0


class NoCredentials(Exception):
    """This container has no keys, or cannot fetch them; the text says which."""


@dataclass(frozen=True)
class Credentials:
    access_key: str
    secret_key: str
    token: str | None


class CredentialSource:
    """Hands out keys that are still good for some minutes. For one thread."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._fetched: Credentials | None = None
        self._good_until = 0.0

    def get(self) -> Credentials:
        """Raises `NoCredentials`."""
        environment = self._environment
        if environment.get("AWS_ACCESS_KEY_ID") and environment.get("AWS_SECRET_ACCESS_KEY"):
            return Credentials(
                environment["AWS_ACCESS_KEY_ID"],
                environment["AWS_SECRET_ACCESS_KEY"],
                environment.get("AWS_SESSION_TOKEN"),
            )
        if self._fetched is None or time.time() > self._good_until:
            self._fetch()
        assert self._fetched is not None
        return self._fetched

    def _fetch(self) -> None:
        relative = self._environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        address = f"{_HOST}{relative}" if relative else self._environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        if not address:
            raise NoCredentials("the container has no credentials: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set")
        authorization = self._environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        request = urllib.request.Request(address, headers={"Authorization": authorization} if authorization else {})
        try:
            with _without_proxy.open(request, timeout=_FETCH_SECONDS) as answer:
                found = json.loads(answer.read(_MOST_BYTES))
            self._fetched = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found.get("Token"))
            ends = datetime.fromisoformat(found["Expiration"].replace("Z", "+00:00")).timestamp()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoCredentials(f"the container's credentials cannot be fetched: {error}") from error
        self._good_until = ends - _RENEW_BEFORE_SECONDS


# The address is of this host alone.
_without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
