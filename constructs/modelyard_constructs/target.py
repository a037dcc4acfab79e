"""The environment that stacks are built for, as constructs ask about it: names and ARNs, never a lookup."""

from __future__ import annotations

from dataclasses import dataclass

from modelyard.catalog import naming
from modelyard.catalog.forms import BucketPurpose
from modelyard.catalog.schema import Environment


@dataclass(frozen=True, kw_only=True)
class Target:
    """One account and region, and the names things carry there.

    `bundles` is False where nothing is to be deployed: what a bundle needs and this machine lacks is stood in for.
    """

    environment_name: str
    environment: Environment
    bundles: bool = True

    @property
    def account(self) -> str:
        """The account's 12 digits."""
        return self.environment.account

    @property
    def region(self) -> str:
        """The region's code."""
        return self.environment.region

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def role_arn(self, role: str) -> str:
        """The ARN of an IAM role of this account; IAM knows no region."""
        return f"arn:{self.partition}:iam::{self.account}:role/{role}"

    def object_arn(self, bucket: str, key: str = "") -> str:
        """The ARN of a bucket, or of the objects below a key of it."""
        return f"arn:{self.partition}:s3:::{bucket}" + (f"/{key}" if key else "")

    @property
    def partition(self) -> str:
        """`aws` nearly everywhere."""
        return naming.partition(self.region)

    def stack_name(self, stack: str) -> str:
        """The name of one of the environment's stacks."""
        return naming.stack_name(self.environment_name, stack)

    def bucket_name(self, purpose: BucketPurpose) -> str:
        """The name of one of the environment's buckets."""
        return naming.bucket_name(self.environment_name, self.environment, purpose)

    @property
    def record_stream_name(self) -> str:
        """The name of the environment's record stream."""
        return self.stack_name("records")

    @property
    def record_stream_arn(self) -> str:
        """The ARN of the environment's record stream."""
        return self.arn("kinesis", f"stream/{self.record_stream_name}")

    @property
    def record_delivery_role_name(self) -> str:
        """The name of the role by which CloudWatch Logs writes into that stream; IAM knows no region."""
        return self.stack_name(f"records-{self.region}")

    def parameter_name(self, what: str) -> str:
        """The name of the SSM parameter that publishes a value of the foundation."""
        return naming.parameter_name(self.environment_name, what)

    def published(self, what: str) -> str:
        """A value of the foundation, which CloudFormation reads from SSM where the stack's template changed.

        Only for what cannot be known before: a template that is as it was keeps what was read once
        (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/844).
        A dynamic reference rather than a parameter of type AWS::SSM::Parameter::Value: the CDK CLI takes every stack
        that has one for changed, and would make a change set for each of a hundred unchanged endpoints.
        """
        return f"{{{{resolve:ssm:{self.parameter_name(what)}}}}}"
