"""A container acts as its Model's role with keys that it fetches; an isolated one has none."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

FULL_URI, TOKEN = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"


def fetch(address: str, token: str) -> dict[str, str]:
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Authorization": token})) as answer:
        keys: dict[str, str] = json.load(answer)
        return keys


def test_a_container_fetches_keys_of_its_models_role(workbench: Any) -> None:
    told = workbench.answer(workbench.served(), {})["environment"]
    keys = fetch(told[FULL_URI], told[TOKEN])
    credentials = {**keys, "SessionToken": keys["Token"]}
    caller = workbench.aws.client("sts", credentials=credentials).get_caller_identity()
    assert f":assumed-role/{workbench.role_arn.rsplit('/', 1)[-1]}/" in caller["Arn"]
    with pytest.raises(urllib.error.HTTPError, match="403"):
        fetch(told[FULL_URI], "another")


def test_a_container_whose_role_trusts_sagemaker_no_more_is_refused_with_a_sentence(workbench: Any) -> None:
    told = workbench.answer(workbench.served(), {})["environment"]
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    workbench.aws.client("iam").update_assume_role_policy(
        RoleName=workbench.role_arn.rsplit("/", 1)[-1],
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        fetch(told[FULL_URI], told[TOKEN])
    assert "Could not assume role" in refused.value.read().decode()


def test_an_isolated_container_has_no_keys(workbench: Any) -> None:
    network = {"Subnets": ["subnet-0a1b2c3d"], "SecurityGroupIds": ["sg-0a1b2c3d"]}
    told = workbench.answer(workbench.served(VpcConfig=network, EnableNetworkIsolation=True), {})["environment"]
    assert not {name for name in told if name.startswith("AWS_")} - {"AWS_REGION", "AWS_DEFAULT_REGION"}
