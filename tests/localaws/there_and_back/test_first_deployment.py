"""A stack that fails while it is made, wherever that is, leaves nothing in the way of the next deployment.

`MODELYARD_SWITCHES=all` lets it fail after each of its resources; otherwise after a few.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FAULT = "Fault"
_FEW = {"foundation": ["Key", "ArtifactsPolicy", "RecordStreamDeliveryRole"], "talk": ["ExecutionRole", "Endpoint"]}
_REFERENCE = re.compile(r"\\$\\{([A-Za-z0-9]+)[.}]")


@pytest.fixture
def company(new_company: Callable[..., Any]) -> Any:
    made = new_company("talk")
    made.write_environment(signals={"stream": {"shards": 1}})
    return made


class Assembly:
    """The app's templates, with another in the place of one of them."""

    def __init__(self, written: Path, folder: Path) -> None:
        self._written = written
        self._folder = folder

    def template(self, stack: str) -> dict[str, Any]:
        """One of them."""
        template: dict[str, Any] = json.loads((self._written / f"{stack}.template.json").read_text("utf-8"))
        return template

    def instead_of(self, stack: str, template: dict[str, Any]) -> Path:
        """A copy of them; the CDK uploads a template by its digest, so the other one has its own."""
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(self._written, self._folder)
        text = json.dumps(template)
        (self._folder / f"{stack}.template.json").write_text(text, "utf-8")
        manifest = json.loads((self._folder / "manifest.json").read_text("utf-8"))
        url = manifest["artifacts"][stack]["properties"]["stackTemplateAssetObjectUrl"]
        digest = url.rpartition("/")[2].partition(".")[0]
        for name in ("manifest.json", f"{stack}.assets.json"):
            path = self._folder / name
            path.write_text(path.read_text("utf-8").replace(digest, hashlib.sha256(text.encode()).hexdigest()), "utf-8")
        return self._folder


@pytest.fixture
def assembly(company: Any, tmp_path: Path) -> Assembly:
    done = company.cdk("synth", "--quiet")
    assert done.returncode == 0, done.stderr
    # A deployment of the foundation alone writes nothing else into the company's own folder.
    written = shutil.copytree(company.out, tmp_path / "written")
    return Assembly(written, tmp_path / "out")


def named(value: Any) -> Iterator[str]:
    """The logical ids that a part of a template refers to."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref":
                yield inner
            elif key == "Fn::GetAtt":
                yield inner[0] if isinstance(inner, list) else inner.partition(".")[0]
            elif key == "DependsOn":
                yield from [inner] if isinstance(inner, str) else inner
            elif key == "Fn::Sub":
                yield from _REFERENCE.findall(inner if isinstance(inner, str) else inner[0])
            yield from named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from named(inner)


def up_to(template: dict[str, Any], logical_id: str) -> dict[str, Any]:
    """The template with this resource, what it needs, and one that always fails after it."""
    every, needed, waiting = template["Resources"], set(), [logical_id]
    while waiting:
        one = waiting.pop()
        if one in every and one not in needed:
            needed.add(one)
            waiting += named(every[one])
    # Embedded AWS refuses a property that it does not know, when the resource's turn comes.
    fault = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"QueueName": "fault", "Unheard": "of"},
        "DependsOn": sorted(needed),
    }
    resources = {**{one: every[one] for one in every if one in needed}, FAULT: fault}
    # What a stack tells may name what is left out.
    return {**{name: part for name, part in template.items() if name != "Outputs"}, "Resources": resources}


def left(company: Any) -> set[str]:
    """Whatever is there that has a name which the next deployment needs, or that is billed."""
    client = company.aws.client
    buckets = {one["Name"] for one in client("s3").list_buckets()["Buckets"]}
    keys = [one["KeyId"] for one in client("kms").list_keys()["Keys"]]
    described = [client("kms").describe_key(KeyId=key)["KeyMetadata"] for key in keys]
    ours = [one["KeyId"] for one in described if "modelyard" in one["Description"] and one["KeyState"] == "Enabled"]
    parameters = client("ssm").get_parameters_by_path(Path="/modelyard/", Recursive=True)["Parameters"]
    groups = client("logs").describe_log_groups()["logGroups"]
    functions = client("lambda").list_functions()["Functions"]
    return {
        *(name for name in buckets if name.startswith("modelyard-")),
        *ours,
        *(one["Name"] for one in parameters),
        *client("sqs").list_queues().get("QueueUrls", []),
        *(one["logGroupName"] for one in groups if "modelyard" in one["logGroupName"]),
        *(one["FunctionName"] for one in functions),
        *client("kinesis").list_streams()["StreamNames"],
        *(one["RoleName"] for one in client("iam").list_roles()["Roles"] if "modelyard" in one["RoleName"]),
        *(one["PolicyName"] for one in client("iam").list_policies(Scope="Local")["Policies"]),
        *(one["TopicArn"] for one in client("sns").list_topics()["Topics"]),
        *(one["AlarmName"] for one in client("cloudwatch").describe_alarms()["MetricAlarms"]),
        *(one["EndpointName"] for one in client("sagemaker").list_endpoints()["Endpoints"]),
        *(one["EndpointConfigName"] for one in client("sagemaker").list_endpoint_configs()["EndpointConfigs"]),
        *(one["ModelName"] for one in client("sagemaker").list_models()["Models"]),
    }


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("stack", ["foundation", "talk"])
def test_a_stack_that_failed_anywhere_leaves_nothing_and_is_deployed_by_the_next_try(
    company: Any, assembly: Assembly, stack: str
) -> None:
    if stack != "foundation":
        company.deploy("foundation")
        company.stage()
    whole, before = assembly.template(stack), left(company)
    every = os.environ.get("MODELYARD_SWITCHES") == "all"
    for logical_id in whole["Resources"] if every else _FEW[stack]:
        spoilt = assembly.instead_of(stack, up_to(whole, logical_id))
        # Nothing is adopted here: what stayed would be in the way.
        done = company.cdk_of(spoilt, "deploy", stack, "--exclusively", "--no-import-existing-resources")
        said = done.stdout + done.stderr
        assert done.returncode == 1
        assert "Unheard" in said, (logical_id, said)
        assert "already exists" not in said, (logical_id, said)
        assert left(company) == before, logical_id
    # Who types `cdk deploy` gets as far as who types `modelyard cdk deploy`, which looks first.
    company.deploy_plainly(stack)
    company.deploy(stack)


def test_buckets_that_were_left_by_somebody_are_taken_over_with_what_they_hold(new_company: Callable[..., Any]) -> None:
    company = new_company("talk")
    s3 = company.aws.client("s3")
    name = "modelyard-local-artifacts-000000000000-us-east-1"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="talk/tiny-open/model.bin", Body=b"left")
    company.deploy("foundation")
    assert company.published("artifacts-bucket") == name
    assert s3.get_object(Bucket=name, Key="talk/tiny-open/model.bin")["Body"].read() == b"left"
