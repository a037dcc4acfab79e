"""Every name that a template fixes is one that src/modelyard/rules/physical_name_unique.py knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelyard.catalog.loader import load
from modelyard.catalog.physical_names import physical_names

FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"
# The property with which a type of resource is named, and what the rule calls its kind.
NAMED_BY = {
    "AWS::S3::Bucket": ("BucketName", "bucket"),
    "AWS::CloudWatch::Dashboard": ("DashboardName", "dashboard"),
    "AWS::Lambda::Function": ("FunctionName", "function"),
    "AWS::SQS::Queue": ("QueueName", "queue"),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamName", "delivery stream"),
    "AWS::KinesisAnalyticsV2::Application": ("ApplicationName", "Flink application"),
    "AWS::Kinesis::Stream": ("Name", "record stream"),
    "AWS::IAM::Role": ("RoleName", "role"),
}
# Names that carry another's: an endpoint's, a function's, or the parameters' own folder.
CARRIES_ANOTHER = {
    "AWS::SageMaker::Endpoint": "EndpointName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::LogStream": "LogStreamName",
    "AWS::SSM::Parameter": "Name",
    "AWS::Glue::Table": "Name",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "PolicyName",
}


@pytest.mark.parametrize("environment", ["guarded", "signals", "flink"])
def test_every_fixed_name_is_known(synthesised: Callable[[str], Any], environment: str) -> None:
    catalog = load(FOUR_KINDS, environment)
    known = {(one.kind, one.name) for one in physical_names(environment, catalog.environment, catalog.entries)}
    found = set()
    for _, _, resource in synthesised(environment).resources():
        properties = resource.get("Properties", {})
        name, kind = NAMED_BY.get(resource["Type"], ("", ""))
        if name in properties:
            found.add((kind, properties[name]))
        elif resource["Type"] not in CARRIES_ANOTHER:
            fixed = [key for key in properties if key.endswith("Name") and isinstance(properties[key], str)]
            own = resource["Type"].rpartition("::")[2]
            assert not [key for key in fixed if key == "Name" or key.removesuffix("Name") in own], resource
    assert found and found <= known, found - known


def test_every_stack_is_known(synthesised: Callable[[str], Any]) -> None:
    catalog = load(FOUR_KINDS, "guarded")
    known = {one.name for one in physical_names("guarded", catalog.environment, catalog.entries) if one.kind == "stack"}
    artifacts = synthesised("guarded").manifest()["artifacts"].values()
    stacks = {one["properties"]["stackName"] for one in artifacts if one["type"] == "aws:cloudformation:stack"}
    assert len(stacks) == 6 and stacks <= known
