"""Who may write which log, as AWS asks: about the stream of a group."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

GROUP = "/aws/sagemaker/Endpoints/permissions"
ARN = f"arn:aws:logs:us-east-1:000000000000:log-group:{GROUP}"


@pytest.fixture
def logs_as(embedded_aws: Any) -> Any:
    """CloudWatch Logs as a user who may create streams and write on one resource; the group is there."""

    def make(resource: str) -> Any:
        iam, name = embedded_aws.client("iam"), f"writer-{uuid.uuid4().hex[:12]}"
        iam.create_user(UserName=name)
        actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
        statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="only", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return embedded_aws.client("logs", credentials=key)

    logs = embedded_aws.client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]:
        logs.create_log_group(logGroupName=GROUP)
    return make


def write(logs: Any, stream: str) -> None:
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    event = {"timestamp": int(time.time() * 1000), "message": "listening"}
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=[event])


def test_a_group_named_with_its_streams_may_be_written(logs_as: Any) -> None:
    logs = logs_as(f"{ARN}:*")
    write(logs, "all/i-1")
    assert "all/i-1" in [one["logStreamName"] for one in logs.describe_log_streams(logGroupName=GROUP)["logStreams"]]


def test_a_single_stream_may_be_written_and_no_other(logs_as: Any) -> None:
    logs = logs_as(f"{ARN}:log-stream:one/*")
    write(logs, "one/i-1")
    with pytest.raises(ClientError, match=r"log-group:/aws/sagemaker/Endpoints/permissions:log-stream:two/i-1"):
        write(logs, "two/i-1")


def test_a_groups_bare_name_is_not_enough(logs_as: Any) -> None:
    with pytest.raises(ClientError, match="not authorized to perform: logs:CreateLogStream"):
        write(logs_as(ARN), "bare/i-1")
