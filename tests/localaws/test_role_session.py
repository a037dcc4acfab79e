"""Which roles SageMaker may act as; that their sessions are held to their policies is tested on a running endpoint."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import iam, sts

from localaws.errors import AwsError
from localaws.role_session import RoleSessions

ACCOUNT = "111111111111"


@pytest.fixture
def roles() -> Iterator[RoleSessions]:
    yield RoleSessions(endpoint_url="http://127.0.0.1:9")
    with request_scope(ACCOUNT, "us-east-1"):
        iam._roles.clear()
    sts._sessions.clear()


def create_role(name: str, *statements: dict[str, Any]) -> str:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    with request_scope(ACCOUNT, "us-east-1"):
        iam._roles[name] = {"RoleName": name, "RoleId": "AROA1", "AssumeRolePolicyDocument": document}
    return f"arn:aws:iam::{ACCOUNT}:role/models/{name}"


def trust(principal: Any, *, effect: str = "Allow", action: Any = "sts:AssumeRole") -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": action}


SAGEMAKER = {"Service": "sagemaker.amazonaws.com"}


def test_a_role_that_trusts_sagemaker_is_assumed_as_itself(roles: RoleSessions) -> None:
    arn = create_role("good", trust({"Service": ["lambda.amazonaws.com", "sagemaker.amazonaws.com"]}))
    clients = roles.clients(arn, region="eu-west-1")
    key = clients.session.get_credentials().access_key
    assert sts._sessions[key]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/good/SageMaker"
    assert clients.client("s3").meta.endpoint_url == "http://127.0.0.1:9"
    assert clients.client("s3").meta.region_name == "eu-west-1"


def test_one_role_has_one_session_per_region(roles: RoleSessions) -> None:
    arn = create_role("good", trust(SAGEMAKER))
    assert roles.clients(arn, region="eu-west-1") is roles.clients(arn, region="eu-west-1")
    assert roles.clients(arn, region="us-east-1") is not roles.clients(arn, region="eu-west-1")


@pytest.mark.parametrize(
    "statements",
    [
        [trust({"Service": "lambda.amazonaws.com"})],
        [trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})],
        [trust(SAGEMAKER, action="sts:TagSession")],
        [trust(SAGEMAKER), trust(SAGEMAKER, effect="Deny")],
        [],
    ],
)
def test_a_role_that_does_not_trust_sagemaker_is_refused_in_its_words(
    roles: RoleSessions, statements: list[dict[str, Any]]
) -> None:
    arn = create_role("bad", *statements)
    with pytest.raises(AwsError) as refused:
        roles.clients(arn, region="eu-west-1")
    assert refused.value.code == "ValidationException"
    assert refused.value.message == (
        f"Could not assume role {arn}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role."
    )


@pytest.mark.parametrize("arn", [f"arn:aws:iam::{ACCOUNT}:role/none", f"arn:aws:iam::{ACCOUNT}:user/me", "role", ""])
def test_a_role_that_does_not_exist_is_refused(roles: RoleSessions, arn: str) -> None:
    with pytest.raises(AwsError, match="Please ensure that the role exists"):
        roles.require_assumable(arn)
