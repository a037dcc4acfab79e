"""boto3 clients of the account and region that an environment names, and of no other."""

from __future__ import annotations

from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from modelyard.catalog.entry import Catalog
from modelyard.shell.failure import Failure

# Weights move for hours and meet every hiccup of a line; whoever waits for anything else wants to know soon.
_ATTEMPTS = {"s3": 8}
_ATTEMPTS_OTHERWISE = 3


class Account:
    """The AWS account of one environment, with the credentials of the shell."""

    def __init__(self, catalog: Catalog) -> None:
        self.region = catalog.environment.region
        self._environment = catalog.environment_name
        self.id = catalog.environment.account
        self._session = boto3.Session()

    def client(self, service: str, *, region: str | None = None, signed: bool = True) -> Any:
        """A client of one service, in the environment's region unless another is named, or one of nobody's."""
        attempts = _ATTEMPTS.get(service, _ATTEMPTS_OTHERWISE)
        config = Config(retries={"mode": "standard", "total_max_attempts": attempts}, max_pool_connections=16)
        if not signed:
            config = config.merge(Config(signature_version=UNSIGNED))
        return self._session.client(service, region_name=region or self.region, config=config)

    def is_own(self) -> bool:
        """Whether the credentials are of that account."""
        return self._caller() == self.id

    def check(self) -> None:
        """Refuse credentials of another account before anything is read or written there."""
        caller = self._caller()
        if caller != self.id:
            raise Failure(
                f"the credentials belong to account {caller}, but environment {self._environment} is account "
                f"{self.id}: use another profile or another --environment"
            )

    def _caller(self) -> str:
        return str(self.client("sts").get_caller_identity()["Account"])
