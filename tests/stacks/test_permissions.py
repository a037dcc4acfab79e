"""Roles hold what their entry needs: its own prefixes, image, logs and topics."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CATALOG = Path(__file__).parents[1] / "catalogs" / "four-kinds"
STACKS = ["chat", "chat-neuron", "summaries", "answers", "shelf"]
NETWORK_ACTIONS = {
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
}
# Actions that AWS lets nobody hold to a resource, or only through a condition.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
WITHOUT_RESOURCES = {
    "ecr:GetAuthorizationToken",
    "cloudwatch:PutMetricData",
    # SageMaker takes these without resources only (network_grants.py).
    *NETWORK_ACTIONS,
}


def statements(synthesised: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement that an identity policy of any stack holds."""
    for stack, logical_id, resource in synthesised.resources():
        properties = resource.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            documents.append(properties["PolicyDocument"])
        for document in documents:
            for statement in document["Statement"]:
                yield f"{stack}/{logical_id}", statement


def granted(synthesised: Any, stack: str, action: str) -> list[Any]:
    """The resources on which a stack's execution role may do something."""
    found: list[Any] = []
    for policy in synthesised.only(stack, "AWS::IAM::Role")["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if action in statement["Action"]:
                found += statement["Resource"]
    return found


@pytest.mark.parametrize("environment", ["guarded", "local"])
def test_nothing_is_granted_on_everything_but_what_knows_no_resources(synthesised: Any, environment: str) -> None:
    asked = list(statements(synthesised(environment)))
    assert asked
    for where, statement in asked:
        if "*" in statement["Resource"]:
            assert set(statement["Action"]) <= WITHOUT_RESOURCES, where
        assert not any("*" in action for action in statement["Action"]), where


@pytest.mark.parametrize("stack", STACKS)
def test_a_role_reads_its_own_weights_only(guarded: Any, stack: str) -> None:
    artifacts = "arn:aws:s3:::modelyard-guarded-guarded-artifacts-111122223333-us-east-1"
    assert f"{artifacts}/{stack}/*" in granted(guarded, stack, "s3:GetObject")
    listing = [
        statement
        for policy in guarded.only(stack, "AWS::IAM::Role")["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == ["s3:ListBucket"] and statement["Resource"] == [artifacts]
    ]
    assert [statement["Condition"] for statement in listing] == [{"StringLike": {"s3:prefix": [f"{stack}/*"]}}]


def test_a_role_pulls_its_own_image_only(guarded: Any) -> None:
    assert granted(guarded, "chat", "ecr:BatchGetImage") == ["arn:aws:ecr:us-east-1:763104351884:repository/vllm"]
    own = "arn:aws:ecr:us-east-1:111122223333:repository/modelyard/llm-cpu"
    assert granted(guarded, "shelf", "ecr:BatchGetImage") == [own]


def test_a_role_writes_its_own_logs_captures_and_answers_only(guarded: Any) -> None:
    assert granted(guarded, "chat", "logs:PutLogEvents") == [{"Fn::GetAtt": ["LogGroup", "Arn"]}]
    bucket = "arn:aws:s3:::modelyard-guarded-guarded-capture-111122223333-us-east-1"
    captured = granted(guarded, "chat", "s3:PutObject")
    assert f"{bucket}/keep-30-days/guarded-chat/*" in captured
    # By name: a star or question mark before the endpoint's name would open a folder of another endpoint.
    assert all(re.fullmatch(re.escape(bucket) + r"/[a-z0-9/-]+/guarded-chat/\*", one) for one in captured)
    answers = "arn:aws:s3:::modelyard-guarded-guarded-async-111122223333-us-east-1/guarded-summaries"
    written = [one for one in granted(guarded, "summaries", "s3:PutObject") if "-capture-" not in one]
    assert written == [f"{answers}/output/*", f"{answers}/failure/*"]
    assert granted(guarded, "summaries", "sns:Publish") == [{"Ref": "SuccessTopic"}, {"Ref": "ErrorTopic"}]
    assert granted(guarded, "answers", "s3:PutObject") == []


def test_only_an_encrypted_volume_needs_grants_on_the_key(guarded: Any) -> None:
    assert granted(guarded, "chat-neuron", "kms:CreateGrant")
    assert not granted(guarded, "chat", "kms:CreateGrant")


@pytest.mark.parametrize("environment", ["guarded", "local", "signals"])
def test_no_statement_but_a_volumes_names_a_key_and_each_holds_what_is_encrypted(
    synthesised: Any, environment: str
) -> None:
    using = [
        (where, statement)
        for where, statement in statements(synthesised(environment))
        if any(action.startswith("kms:") for action in statement["Action"])
    ]
    assert using
    for where, statement in using:
        if statement["Action"] == ["kms:CreateGrant"]:
            continue
        assert set(statement["Action"]) <= {"kms:Decrypt", "kms:GenerateDataKey"}, where
        assert statement["Resource"] == ["arn:aws:kms:us-east-1:*:key/*"], where
        # Any key, but for nothing else than this: no object of another bucket, no record of another stream.
        held = statement["Condition"]["StringLike"]
        service = held["kms:ViaService"].partition(".")[0]
        context = {"s3": "aws:s3:arn", "kinesis": "aws:kinesis:arn", "sns": "aws:sns:topicArn"}[service]
        assert set(held) == {"kms:ViaService", f"kms:EncryptionContext:{context}"}, where
        for one in held[f"kms:EncryptionContext:{context}"]:
            assert isinstance(one, dict) or "modelyard-" in one, where


def test_a_switched_key_changes_no_role_and_no_callers_policy(
    run_app: Callable[..., Any], tmp_path: Path, guarded: Any
) -> None:
    catalog = tmp_path / "catalog"
    shutil.copytree(CATALOG, catalog)
    environment = catalog / "environments" / "guarded.yaml"
    # A key of another account, and back: what deploys first must not matter.
    environment.write_text(environment.read_text("utf-8").replace(":111122223333:key/1234", ":444455556666:key/9876"))
    switched = run_app(tmp_path / "out", "guarded", catalog=catalog)
    assert ":444455556666:key/9876" in switched.files["summaries"].read_text("utf-8")
    for stack in ("foundation", "summaries", "answers", "chat"):
        for kind in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy"):
            assert switched.all(stack, kind) == guarded.all(stack, kind)


def test_what_sagemaker_needs_of_a_network_is_granted_as_aws_writes_it(guarded: Any, local: Any) -> None:
    # The nine actions of https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html (CreateModel with a VPC).
    (network,) = [
        policy["PolicyDocument"]["Statement"]
        for policy in guarded.only("chat", "AWS::IAM::Role")["Policies"]
        if policy["PolicyName"] == "network"
    ]
    assert network == [{"Effect": "Allow", "Action": sorted(NETWORK_ACTIONS), "Resource": ["*"]}]
    assert not granted(guarded, "answers", "ec2:CreateNetworkInterface")
    assert not granted(local, "chat", "ec2:CreateNetworkInterface")


@pytest.mark.parametrize("environment", ["guarded", "local"])
def test_nobody_makes_a_log_group_but_the_stack(synthesised: Any, environment: str) -> None:
    asked = [action for _, statement in statements(synthesised(environment)) for action in statement["Action"]]
    assert "logs:PutLogEvents" in asked
    assert "logs:CreateLogGroup" not in asked


@pytest.mark.parametrize("stack", STACKS)
def test_a_role_is_assumed_by_sagemaker_for_its_own_account_only(guarded: Any, stack: str) -> None:
    (trust,) = guarded.only(stack, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_a_companys_permissions_boundary_reaches_every_role_by_the_cdks_own_context(
    run_app: Any, tmp_path: Path
) -> None:
    context = {
        "environment": "signals",
        "catalog": str(CATALOG),
        "@aws-cdk/core:permissionsBoundary": {"name": "CompanyBoundary"},
    }
    templates = run_app(tmp_path / "out", "signals", CDK_CONTEXT_JSON=json.dumps(context))
    roles = [resource for _, _, resource in templates.resources() if resource["Type"] == "AWS::IAM::Role"]
    assert len(roles) > len(STACKS)
    for role in roles:
        assert "policy/CompanyBoundary" in json.dumps(role["Properties"]["PermissionsBoundary"])


@pytest.mark.parametrize("stack", STACKS)
def test_a_model_never_races_a_policy(guarded: Any, stack: str) -> None:
    assert not guarded.all(stack, "AWS::IAM::Policy")
    assert "ManagedPolicyArns" not in guarded.only(stack, "AWS::IAM::Role")


@pytest.mark.parametrize(
    ("stack", "actions"),
    [
        ("chat", ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]),
        ("shelf", ["sagemaker:InvokeEndpoint"]),
        ("answers", ["sagemaker:InvokeEndpoint"]),
        ("summaries", ["sagemaker:InvokeEndpointAsync"]),
    ],
)
def test_a_caller_may_invoke_this_endpoint_as_its_kind_is_invoked(guarded: Any, stack: str, actions: list[str]) -> None:
    invoke = guarded.only(stack, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"][0]
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:endpoint/guarded-{stack}"
    assert invoke == {"Effect": "Allow", "Action": actions, "Resource": [arn]}


def test_callers_that_cannot_hold_the_policy_are_told_before_instances_start(guarded: Any) -> None:
    assert guarded["chat"]["Resources"]["Endpoint"]["DependsOn"] == ["InvokePolicy"]
    assert '"Endpoint"' not in json.dumps(guarded["chat"]["Resources"]["InvokePolicy"])


def test_the_named_callers_hold_the_policy(guarded: Any) -> None:
    assert guarded.only("chat", "AWS::IAM::ManagedPolicy")["Roles"] == ["ChatFrontend"]
    assert "Roles" not in guarded.only("shelf", "AWS::IAM::ManagedPolicy")


@pytest.mark.parametrize("stack", STACKS)
def test_a_roles_inline_policies_stay_below_iams_limit(guarded: Any, stack: str) -> None:
    # 10,240 characters without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    # A dynamic reference is longer than what it becomes.
    assert len(str(guarded.only(stack, "AWS::IAM::Role")["Policies"]).replace(" ", "")) < 10_240
