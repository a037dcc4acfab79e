"""The names and ARNs of an environment."""

from __future__ import annotations

import pytest

from modelyard.catalog.schema import Environment
from modelyard_constructs.target import Target


def target(**changes: str) -> Target:
    name = changes.pop("environment_name", "prod")
    environment = Environment.model_validate({"account": "111122223333", "region": "eu-west-1", **changes})
    return Target(environment_name=name, environment=environment)


def test_a_bucket_is_named_after_its_environment_purpose_account_and_region() -> None:
    assert target().bucket_name("artifacts") == "modelyard-prod-artifacts-111122223333-eu-west-1"
    prefixed = target(name_prefix="team")
    assert prefixed.bucket_name("artifacts") == "modelyard-team-prod-artifacts-111122223333-eu-west-1"


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_an_arn_names_the_partition_of_its_region(region: str, partition: str) -> None:
    there = target(region=region)
    assert there.arn("sagemaker", "endpoint/x") == f"arn:{partition}:sagemaker:{region}:111122223333:endpoint/x"
    assert there.object_arn("bucket", "key/*") == f"arn:{partition}:s3:::bucket/key/*"


def test_a_published_value_is_read_when_cloudformation_deploys() -> None:
    assert target().published("key-arn") == "{{resolve:ssm:/modelyard/prod/key-arn}}"
