"""`modelyard orphans`: stacks of embedded AWS against the files of a catalog."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from typing import Any

import pytest

Clients = Callable[[str], Any]

_TEMPLATE = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})


def deploy(aws: Clients, name: str, *, template: str = _TEMPLATE, **tags: str) -> None:
    """A stack as the CDK deploys it: the tags of the whole stack are stack tags."""
    cloudformation = aws("cloudformation")
    listed = [{"Key": f"llm:{key.replace('_', '-')}", "Value": value} for key, value in tags.items()]
    cloudformation.create_stack(StackName=name, TemplateBody=template, Tags=listed)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


@pytest.fixture
def deployed(aws: Clients, catalog: Any) -> str:
    """The foundation, an endpoint that has its entry and one whose entry is gone; returns the name of the last."""
    environment = catalog.environment
    common = {"managed_by": "modelyard", "environment": environment, "team": "support"}
    deploy(aws, f"modelyard-{environment}-foundation", endpoint="shared", **common)
    deploy(aws, f"modelyard-{environment}-chat", endpoint="chat", **common)
    deploy(aws, f"modelyard-{environment}-retired", endpoint="retired", **common)
    deploy(aws, f"elsewhere-{environment}", endpoint="retired", **(common | {"managed_by": "somebody-else"}))
    deploy(aws, f"modelyard-other-{environment}", endpoint="retired", **(common | {"environment": "other"}))
    return f"modelyard-{environment}-retired"


def test_an_endpoint_whose_file_is_gone_is_listed_with_the_command_that_deletes_it(
    modelyard: Any, aws: Clients, catalog: Any, deployed: str
) -> None:
    said = modelyard("orphans")
    assert said.code == 3
    command = f"aws cloudformation delete-stack --region us-east-1 --stack-name {deployed}"
    assert [line for line in said.out.splitlines() if line.startswith("aws ")] == [command]
    assert "captured data" in said.out
    assert "foundation" not in said.out.split("These run")[0]

    # The command's own words, sent as the AWS CLI would send them.
    words = shlex.split(command)
    assert words[:3] == ["aws", "cloudformation", "delete-stack"]
    cloudformation = aws("cloudformation")
    cloudformation.delete_stack(StackName=words[words.index("--stack-name") + 1])
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=deployed, WaiterConfig={"Delay": 1})
    said = modelyard("orphans")
    assert said.code == 0
    assert said.out.startswith("no orphans: every endpoint deployed to environment ")


def test_a_protected_stack_is_unprotected_first(modelyard: Any, aws: Clients, deployed: str) -> None:
    aws("cloudformation").update_termination_protection(StackName=deployed, EnableTerminationProtection=True)
    commands = [line for line in modelyard("orphans").out.splitlines() if line.startswith("aws ")]
    assert [line.split()[2] for line in commands] == ["update-termination-protection", "delete-stack"]


def test_tags_under_a_companys_own_keys_are_understood(modelyard: Any, aws: Clients, catalog: Any) -> None:
    mapped = {"llm:endpoint": "llm:service", "llm:managed-by": "llm:tool"}
    catalog.write(
        f"environments/{catalog.environment}.yaml",
        {"account": "000000000000", "region": "us-east-1", "tag_keys": mapped},
    )
    name = f"modelyard-{catalog.environment}-retired"
    deploy(aws, name, service="retired", tool="modelyard", environment=catalog.environment)
    assert name in modelyard("orphans").out


def test_the_last_endpoint_of_a_catalog_can_be_an_orphan_too(
    modelyard: Any, aws: Clients, catalog: Any, deployed: str
) -> None:
    shutil.rmtree(catalog.folder / "endpoints")
    said = modelyard("orphans")
    assert said.code == 3
    assert deployed in said.out and f"modelyard-{catalog.environment}-chat" in said.out


def test_stacks_of_another_catalog_are_no_orphans_of_this_one(modelyard: Any, aws: Clients, catalog: Any) -> None:
    organisation = {"teams": {"support": {"cost_center": "CC-1", "owner": "o", "alarms": {"email": ["a@example.com"]}}}}
    catalog.write("organisation.yaml", {**organisation, "catalog": "support"})
    common = {"managed_by": "modelyard", "environment": catalog.environment, "team": "support"}
    names = {}
    for whose in ("payments", "support", None):
        names[whose] = f"modelyard-{catalog.environment}-of-{whose or 'nobody'}"
        outputs = {"Outputs": {"CatalogName": {"Value": whose}}} if whose else {}
        template = json.dumps({**json.loads(_TEMPLATE), **outputs})
        deploy(aws, names[whose], template=template, endpoint=f"of-{whose}", **common)
    said = modelyard("orphans")
    assert said.code == 3
    assert names["payments"] not in said.out
    assert names["support"] in said.out
    assert f"Whose they are is not said by {names[None]}:" in said.out


def test_an_endpoint_that_somebody_deleted_is_told_with_the_way_back(
    modelyard: Any, aws: Clients, catalog: Any, deployed: str
) -> None:
    environment = catalog.environment
    common = {"managed_by": "modelyard", "environment": environment, "team": "support"}
    template = json.dumps({**json.loads(_TEMPLATE), "Outputs": {"EndpointName": {"Value": f"gone-{environment}"}}})
    deploy(aws, f"modelyard-{environment}-batch", template=template, endpoint="batch", **common)
    said = modelyard("orphans")
    assert said.code == 3
    assert f"endpoint gone-{environment} is gone, and its stack modelyard-{environment}-batch still stands" in said.out
    assert f"`modelyard cdk destroy -c environment={environment} batch`" in said.out
    aws("cloudformation").delete_stack(StackName=deployed)
    aws("cloudformation").get_waiter("stack_delete_complete").wait(StackName=deployed, WaiterConfig={"Delay": 1})
    assert modelyard("orphans").code == 3
