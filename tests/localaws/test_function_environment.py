"""A function sees what AWS gives it and what it states, and nothing of the shell that started embedded AWS."""

import hashlib
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

HANDLER = """
import os
def handler(event, context):
    return {"environment": dict(os.environ)}
"""
SECRETS = {"GITHUB_TOKEN": "of-the-shell", "DATABASE_URL": "of-the-shell", "SSH_AUTH_SOCK": "of-the-shell"}


@pytest.fixture
def seen(start_embedded_aws: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, str], dict[str, str]]:
    """What a function found in its environment, and the administrator's keys."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    running = start_embedded_aws()
    stated = {"STATED": "by the function", "AUTH": "the function's own"}
    role = running.create_function("sees", HANDLER, Environment={"Variables": stated})
    answer = json.load(running.client("lambda").invoke(FunctionName="sees")["Payload"])
    # The keys that everybody could once make of the function's name are no keys.
    arn = "arn:aws:lambda:us-east-1:000000000000:function:sees"
    digest = hashlib.sha256(f"{arn}:{role}".encode()).hexdigest()
    guessed = {
        "AccessKeyId": f"ASIA{digest[:16].upper()}",
        "SecretAccessKey": hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        "SessionToken": hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    }
    with pytest.raises(ClientError, match="The security token included in the request is invalid"):
        running.client("sts", credentials=guessed).get_caller_identity()
    session = {
        "AccessKeyId": answer["environment"]["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": answer["environment"]["AWS_SECRET_ACCESS_KEY"],
        "SessionToken": answer["environment"]["AWS_SESSION_TOKEN"],
    }
    arn = running.client("sts", credentials=session).get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::000000000000:assumed-role/sees/sees"
    return answer["environment"], running.keys


def test_a_function_sees_nothing_of_the_shell(seen: tuple[dict[str, str], dict[str, str]]) -> None:
    environment, keys = seen
    assert {name for name in environment if not name.startswith(("AWS_", "LAMBDA_", "_LAMBDA", "LC_", "_X_AMZN"))} <= {
        "PATH",
        "LANG",
        "LANGUAGE",
        "TZ",
        "LD_LIBRARY_PATH",
        "VIRTUAL_ENV",
        "HOME",
        "TMPDIR",
        "STATED",
        "AUTH",
        "PWD",
        "SHLVL",
        "_",
        "MINISTACK_HOST_PREFIX",
        "_MINISTACK_INVOKE_DEPTH",
    }
    assert (environment["STATED"], environment["AUTH"]) == ("by the function", "the function's own")
    assert not set(SECRETS.values()) & set(environment.values())
    assert not set(keys.values()) & set(environment.values())
    assert "/state-0/" in environment["HOME"] + "/"
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
