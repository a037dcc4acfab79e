"""Who may make a function's log group: the function's role, as on AWS."""

from __future__ import annotations

from typing import Any

import pytest

CODE = "def handler(event, context):\n    print('said')\n"
WRITES = {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
MAKES_GROUPS = {"Action": "logs:CreateLogGroup", "Resource": "*"}


def groups(embedded_aws: Any, name: str) -> list[str]:
    found = embedded_aws.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
    return [group["logGroupName"] for group in found]


@pytest.mark.parametrize("makes_groups", [True, False])
def test_a_group_that_was_deleted_comes_back_only_where_the_role_may_make_it(
    embedded_aws: Any, makes_groups: bool
) -> None:
    name = f"logs-{makes_groups}".lower()
    logs = embedded_aws.client("logs")
    embedded_aws.create_function(name, CODE, WRITES, *([MAKES_GROUPS] if makes_groups else []))
    logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
    embedded_aws.client("lambda").invoke(FunctionName=name)
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    assert any("said" in event["message"] for event in events)
    logs.delete_log_group(logGroupName=f"/aws/lambda/{name}")
    embedded_aws.client("lambda").invoke(FunctionName=name)
    assert groups(embedded_aws, name) == ([f"/aws/lambda/{name}"] if makes_groups else [])
