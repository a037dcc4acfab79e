"""Where a resource lives: SageMaker's names are unique per account and region."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Scope:
    """One account in one region."""

    account: str
    region: str

    @property
    def partition(self) -> str:
        """The ARN partition of the region."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, kind: str, name: str) -> str:
        """ARN of a SageMaker resource; `kind` is `model`, `endpoint-config` or `endpoint`.

        The name keeps its case, so that an IAM policy written with the resource's name matches.
        """
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:{kind}/{name}"
