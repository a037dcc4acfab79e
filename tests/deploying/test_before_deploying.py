"""What is refused before the CDK starts, in one sentence with the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from modelyard.catalog.loader import load
from modelyard.deploying.before_deploying import before
from modelyard.deploying.bucket_names import require_free
from modelyard.deploying.cdk_arguments import CdkArguments
from modelyard.deploying.cdk_deployment import named_catalog
from modelyard.shell.failure import Failure

ACCOUNT = "000000000000"
Clients = Callable[[str], Any]


@pytest.fixture
def deploy(aws: Clients, catalog: Any) -> Callable[..., list[str]]:
    """What is added to a deployment of the test's environment, whose file says this."""

    def run(verb: str = "deploy", stack: str = "--all", **keys: Any) -> list[str]:
        path = f"environments/{catalog.environment}.yaml"
        catalog.write(path, {"account": ACCOUNT, "region": "us-east-1", **keys})
        context = ["-c", f"environment={catalog.environment}", "-c", f"catalog={catalog.folder}"]
        asked = CdkArguments((verb, *context, stack))
        return before(asked, named_catalog(asked))

    return run


def published(aws: Clients, catalog: Any, *, prefix: str = "") -> None:
    name = f"modelyard-{prefix}{catalog.environment}-artifacts-{ACCOUNT}-us-east-1"
    aws("ssm").put_parameter(Name=f"/modelyard/{catalog.environment}/artifacts-bucket", Value=name, Type="String")


def test_a_foundation_is_protected_once_it_stands(aws: Clients, catalog: Any, deploy: Callable[..., list[str]]) -> None:
    assert "protect-foundation=true" not in deploy()
    published(aws, catalog)
    assert "protect-foundation=true" in deploy()


@pytest.mark.parametrize(("deployed", "wanted"), [("", "other"), ("other-", None), ("other-", "another")])
def test_another_prefix_is_refused_for_a_deployed_environment(
    aws: Clients, catalog: Any, deploy: Callable[..., list[str]], deployed: str, wanted: str | None
) -> None:
    published(aws, catalog, prefix=deployed)
    with pytest.raises(Failure, match="Keep the prefix that is deployed"):
        deploy(**({"name_prefix": wanted} if wanted else {}))


def test_another_name_of_a_bucket_is_refused_for_a_deployed_environment(
    aws: Clients, catalog: Any, deploy: Callable[..., list[str]]
) -> None:
    published(aws, catalog)
    own = {"artifacts": f"modelyard-{catalog.environment}-artifacts-{ACCOUNT}-us-east-1", "async": "acme-requests"}
    aws("ssm").put_parameter(
        Name=f"/modelyard/{catalog.environment}/async-bucket", Value="acme-requests", Type="String"
    )
    assert "protect-foundation=true" in deploy(bucket_names=own)
    with pytest.raises(Failure, match="bucket_names calls it acme-others, which would be another bucket"):
        deploy(bucket_names={**own, "async": "acme-others"})
    with pytest.raises(Failure, match=r"Keep the prefix that is deployed \(and bucket_names, if it had any\)"):
        deploy(bucket_names={"artifacts": own["artifacts"]})


@pytest.mark.parametrize(
    ("made", "spoilt_by", "said"),
    [
        ({}, "disable_key", "is disabled"),
        ({}, "schedule_key_deletion", "is waiting for its deletion"),
        ({"KeyUsage": "SIGN_VERIFY", "KeySpec": "RSA_2048"}, None, "symmetric keys"),
        ({"KeyUsage": "GENERATE_VERIFY_MAC", "KeySpec": "HMAC_256"}, None, "symmetric keys"),
    ],
)
def test_a_key_that_cannot_encrypt_is_refused(
    aws: Clients, deploy: Callable[..., list[str]], made: dict[str, str], spoilt_by: str | None, said: str
) -> None:
    arn = aws("kms").create_key(**made)["KeyMetadata"]["Arn"]
    if spoilt_by:
        getattr(aws("kms"), spoilt_by)(KeyId=arn)
    with pytest.raises(Failure, match=said) as refused:
        deploy(kms_key_arn=arn)
    assert arn in refused.value.sentence


def test_a_key_that_is_not_there_is_refused(deploy: Callable[..., list[str]]) -> None:
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
    with pytest.raises(Failure, match="is no key that AWS knows"):
        deploy(kms_key_arn=arn)


@pytest.mark.parametrize(
    ("principal", "action", "passes"),
    [
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*", True),
        ({"AWS": [ACCOUNT]}, ["kms:Decrypt", "kms:GenerateDataKey*"], True),
        ("*", "*", True),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, ["kms:Describe*", "kms:Decrypt"], False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/Admin"}, "kms:*", False),
        ({"AWS": "arn:aws:iam::444455556666:root"}, "kms:*", False),
        ({"Service": "logs.us-east-1.amazonaws.com"}, "kms:*", False),
    ],
)
def test_a_key_that_iam_may_not_hand_on_is_refused(
    aws: Clients, deploy: Callable[..., list[str]], principal: Any, action: Any, passes: bool
) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = aws("kms").create_key(Policy=policy, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["Arn"]
    if passes:
        deploy(kms_key_arn=arn)
    else:
        with pytest.raises(Failure, match="does not let IAM of account"):
            deploy(kms_key_arn=arn)


def test_a_key_whose_policy_leaves_cloudwatch_logs_out_is_told(
    aws: Clients, deploy: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    arn = aws("kms").create_key()["KeyMetadata"]["Arn"]
    deploy(kms_key_arn=arn)
    assert "does not name CloudWatch Logs" in capsys.readouterr().err
    logs = {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "kms:*"}
    account = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*"}
    statements = [{**one, "Resource": "*"} for one in (account, logs)]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    deploy(kms_key_arn=aws("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"])
    assert "warning" not in capsys.readouterr().err


def test_the_foundation_is_not_destroyed_under_its_endpoints(
    aws: Clients, catalog: Any, deploy: Callable[..., list[str]]
) -> None:
    cloudformation = aws("cloudformation")
    template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    prefix = f"modelyard-{catalog.environment}-"
    tags = [{"Key": "llm:environment", "Value": catalog.environment}]
    for stack in ("foundation", "chat"):
        cloudformation.create_stack(StackName=prefix + stack, TemplateBody=template, Tags=tags)
        cloudformation.get_waiter("stack_create_complete").wait(StackName=prefix + stack, WaiterConfig={"Delay": 1})
    # Another environment's, whose name begins alike.
    other = [{"Key": "llm:environment", "Value": f"{catalog.environment}-two"}]
    cloudformation.create_stack(StackName=f"{prefix}two-talk", TemplateBody=template, Tags=other)
    for stacks in ("foundation", "--all"):
        with pytest.raises(Failure, match=rf"environment={catalog.environment} chat`") as refused:
            deploy("destroy", stacks)
        assert "two-talk" not in refused.value.sentence
    deploy("destroy", "chat")
    cloudformation.delete_stack(StackName=f"{prefix}chat")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=f"{prefix}chat", WaiterConfig={"Delay": 1})
    cloudformation.update_termination_protection(StackName=f"{prefix}foundation", EnableTerminationProtection=True)
    with pytest.raises(Failure, match="termination_protection: false"):
        deploy("destroy", "foundation")
    cloudformation.update_termination_protection(StackName=f"{prefix}foundation", EnableTerminationProtection=False)
    assert deploy("destroy", "foundation") == []


class AccountBesideAnother:
    """An account in whose region somebody else has a bucket: S3 answers 403 for it, and 404 for what is free."""

    def __init__(self, taken: str) -> None:
        self._taken = taken

    def client(self, service: str, *, signed: bool = True) -> Any:
        return self

    def head_bucket(self, *, Bucket: str, **owner: str) -> None:
        code = "403" if Bucket == self._taken else "404"
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "HeadBucket")


def test_a_bucket_name_that_somebody_else_has_is_named(catalog: Any) -> None:
    catalog.write(f"environments/{catalog.environment}.yaml", {"account": ACCOUNT, "region": "us-east-1"})
    name = f"modelyard-{catalog.environment}-capture-{ACCOUNT}-us-east-1"
    account: Any = AccountBesideAnother(name)
    with pytest.raises(Failure, match="set name_prefix") as refused:
        require_free(account, load(catalog.folder, catalog.environment))
    assert name in refused.value.sentence


def test_a_bucket_of_ones_own_is_taken_over(aws: Clients, catalog: Any, deploy: Callable[..., list[str]]) -> None:
    aws("s3").create_bucket(Bucket=f"modelyard-{catalog.environment}-capture-{ACCOUNT}-us-east-1")
    assert "--import-existing-resources" in deploy()
