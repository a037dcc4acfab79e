"""The names by which AWS knows a catalog's things: pure functions, so that stacks and commands agree on every name.

Nothing here may change for an environment that is deployed: these names are what keeps data and stacks findable.
"""

from __future__ import annotations

from modelyard.catalog.entry import Entry
from modelyard.catalog.partitions import partition_of
from modelyard.catalog.schema import Environment

VARIANT_NAME = "AllTraffic"
RAW_CAPTURE_PREFIX = "raw/"
FOUNDATION = "foundation"
# The output by which a stack says whose it is.
CATALOG_NAME = "CatalogName"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
LONGEST_BUCKET_NAME = 63


def stack_name(environment_name: str, stack: str) -> str:
    """`modelyard-prod-support-chat`: what `cdk deploy`, the console and the bill call a stack."""
    return f"modelyard-{environment_name}-{stack}"


def bucket_name(environment_name: str, environment: Environment, purpose: str) -> str:
    """A bucket's name: predictable, so that everybody finds it; the rule bucket_name_length holds it to S3's limit."""
    if purpose in environment.bucket_names:
        return environment.bucket_names[purpose]
    prefix = f"{environment.name_prefix}-" if environment.name_prefix else ""
    return f"modelyard-{prefix}{environment_name}-{purpose}-{environment.account}-{environment.region}"


def parameter_name(environment_name: str, what: str) -> str:
    """The SSM parameter by which one stack tells the others a value: `/modelyard/prod/artifacts-bucket`."""
    return f"/modelyard/{environment_name}/{what}"


def artifacts_prefix(entry: Entry) -> str:
    """Where an entry's weights lie in the artifacts bucket; ends in a slash."""
    return f"{entry.name}/"


def capture_prefix(entry: Entry, keep_days: int) -> str:
    """Where people find an entry's captured requests; retention is a lifecycle rule on the first part."""
    return f"keep-{keep_days}-days/{entry.endpoint_name}/"


def raw_capture_folder(*, redact: bool) -> str:
    """What stands before that prefix where SageMaker writes for the processor: how it is to treat what lies there."""
    return f"{RAW_CAPTURE_PREFIX}{'redact' if redact else 'as-is'}/"


def partition(region: str) -> str:
    """The part of an ARN that says which AWS a region belongs to."""
    return partition_of(region).name
