"""The two examples of docs/extending.md, deployed: code of a company over our stacks, and our endpoint in its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples" / "extending"
EXTENSION = ("-c", f"extension={EXAMPLES / 'extension.py'}")
BUCKETS = {"artifacts": "acme-llm-weights", "async": "acme-llm-requests"}
BOUNDARY = "arn:aws:iam::000000000000:policy/AcmeBoundary"


@pytest.fixture(scope="module")
def company(new_company: Callable[..., Any]) -> Any:
    made = new_company("support-chat", "papers")
    # Names of buckets are said by the environment, and everybody who looks for one follows.
    made.write_environment(bucket_names=BUCKETS)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    made.aws.client("iam").create_policy(
        PolicyName="AcmeBoundary", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    )
    made.deploy("foundation", *EXTENSION)
    made.stage()
    return made


def resources(company: Any, stack: str) -> dict[str, str]:
    """A stack's physical names by logical id."""
    found = company.aws.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


@pytest.mark.timeout(1200)
def test_code_of_a_company_is_deployed_with_our_stacks(company: Any) -> None:
    done = company.cdk("deploy", "papers", *EXTENSION)
    assert done.returncode == 0, done.stdout + done.stderr
    made = resources(company, "modelyard-local-papers")
    assert BUCKETS.items() <= {one: company.published(f"{one}-bucket") for one in ("artifacts", "async")}.items()
    assert company.outputs("papers")["AsyncInputPrefix"].startswith("s3://acme-llm-requests/")
    role = company.aws.client("iam").get_role(RoleName=made["ExecutionRole"])["Role"]
    assert role["MaxSessionDuration"] == 7200
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    assert {"Key": "acme:data-class", "Value": "internal"} in role["Tags"]
    [group] = company.aws.client("logs").describe_log_groups(logGroupNamePrefix=made["LogGroup"])["logGroups"]
    assert group["retentionInDays"] == 365
    endpoint = company.aws.client("sagemaker").list_tags(ResourceArn=made["Endpoint"])["Tags"]
    assert {"Key": "acme:data-class", "Value": "internal"} in endpoint
    assert {"Key": "llm:endpoint", "Value": "papers"} in endpoint
    [slow] = [name for logical_id, name in made.items() if logical_id.startswith("Slow")]
    [alarm] = company.aws.client("cloudwatch").describe_alarms(AlarmNames=[slow])["MetricAlarms"]
    assert {"Name": "EndpointName", "Value": "papers"} in alarm["Dimensions"]
    [topic] = [arn for arn in alarm["AlarmActions"]]
    assert topic in made.values()


@pytest.mark.timeout(1200)
def test_an_endpoint_is_deployed_in_a_stack_of_the_companys_own(company: Any, tmp_path: Path) -> None:
    app = EXAMPLES / "own_app.py"
    words = ("deploy", "acme-support", "--require-approval", "never")
    company.aws.cdk_succeeds(*words, folder=tmp_path, catalog=company.catalog, app=app)
    stack = company.aws.client("cloudformation").describe_stacks(StackName="acme-support")["Stacks"][0]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert outputs["ChatName"] == "support-chat"
    assert outputs["ChatArn"].endswith(":endpoint/support-chat")

    # Who was granted may ask, and this one endpoint only.
    sts = company.aws.client("sts")
    session = sts.assume_role(RoleArn=outputs["FrontendArn"], RoleSessionName="test")["Credentials"]
    runtime = company.aws.client("sagemaker-runtime", credentials=session)
    answer = runtime.invoke_endpoint(EndpointName="support-chat", ContentType="application/json", Body=b"{}")
    assert json.loads(answer["Body"].read())["model"] == ["model.bin"]
    with pytest.raises(ClientError, match="not authorized to perform: sagemaker:InvokeEndpoint on resource: .*/papers"):
        runtime.invoke_endpoint(EndpointName="papers", ContentType="application/json", Body=b"{}")

    # The alarms that the topic of this stack listens to are those that CloudFormation named.
    made = resources(company, "acme-support")
    alarms = {one["AlarmArn"] for one in company.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]}
    topics = company.aws.client("sns").list_topics()["Topics"]
    [topic] = {one["TopicArn"] for one in topics} & {
        arn for key, arn in made.items() if key.startswith("ChatAlarmTopic")
    }
    policy = json.loads(company.aws.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    listened = policy["Statement"][0]["Condition"]["ArnLike"]["aws:SourceArn"]
    for pattern in [listened] if isinstance(listened, str) else listened:
        assert pattern.endswith("-*")
        assert sum(arn.startswith(pattern.removesuffix("*")) for arn in alarms) == 1, pattern

    # The same entry in a stack of ours would be the same endpoint twice.
    refused = company.cdk("deploy", "support-chat")
    assert refused.returncode == 1
    assert "endpoint support-chat exists already in 000000000000 us-east-1, made by" in refused.stderr
