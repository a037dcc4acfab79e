"""A container's keys come from where SageMaker puts them, and are fetched again before they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from containers.request_records.aws_credentials import Credentials, CredentialSource, NoCredentials


def fetched(number: int, *, minutes: float) -> dict[str, str]:
    ends = datetime.now(UTC) + timedelta(minutes=minutes)
    keys = {"AccessKeyId": f"ASIA{number}", "SecretAccessKey": "secret", "Token": "session"}
    return {**keys, "Expiration": f"{ends:%Y-%m-%dT%H:%M:%SZ}", "RoleArn": "arn:aws:iam::111122223333:role/one"}


def source(address: str, **more: str) -> CredentialSource:
    return CredentialSource({"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{address}/keys", **more})


def test_keys_are_fetched_once_while_they_are_good(answering: Any) -> None:
    server = answering(lambda headers, body: (200, fetched(len(server.asked), minutes=60)))
    keys = source(server.address, AWS_CONTAINER_AUTHORIZATION_TOKEN="ours")
    assert keys.get() == keys.get() == Credentials("ASIA1", "secret", "session")
    ((headers, _),) = server.asked
    assert headers["authorization"] == "ours"


def test_keys_are_fetched_again_some_minutes_before_they_end(answering: Any) -> None:
    server = answering(lambda headers, body: (200, fetched(len(server.asked), minutes=4)))
    keys = source(server.address)
    assert [keys.get().access_key, keys.get().access_key] == ["ASIA1", "ASIA2"]


def test_keys_in_the_environment_come_first() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}
    assert source("http://127.0.0.1:1", **environment).get() == Credentials("AKIA", "secret", None)


@pytest.mark.parametrize("answer", [(403, {}), (200, {"Code": "Failed"}), (200, b"no JSON")])
def test_an_answer_without_keys_says_so(answering: Any, answer: tuple[int, Any]) -> None:
    server = answering(lambda headers, body: answer)
    with pytest.raises(NoCredentials, match="credentials cannot be fetched"):
        source(server.address).get()


def test_a_container_without_a_role_says_so() -> None:
    with pytest.raises(NoCredentials, match="the container has no credentials"):
        CredentialSource({}).get()
