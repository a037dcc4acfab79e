"""The parts of AWS that share no account with each other: what ARNs, addresses and two principals are called there.

botocore's partitions.json names them all; tests/catalog/test_partitions.py holds this table against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Partition:
    """One of them: the start of its regions' codes, its name in ARNs, the end of its addresses."""

    region_prefix: str
    name: str
    dns_suffix: str


_COMMERCIAL = Partition("", "aws", "amazonaws.com")
PARTITIONS = (
    Partition("cn-", "aws-cn", "amazonaws.com.cn"),
    Partition("us-gov-", "aws-us-gov", "amazonaws.com"),
    Partition("us-iso-", "aws-iso", "c2s.ic.gov"),
    Partition("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    Partition("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    Partition("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    Partition("eusc-", "aws-eusc", "amazonaws.eu"),
    _COMMERCIAL,
)


@cache
def partition_of(region: str) -> Partition:
    """The partition that a region belongs to."""
    return next(one for one in PARTITIONS if region.startswith(one.region_prefix))


def logs_principal(region: str) -> str:
    """CloudWatch Logs as a key's policy names it: the one service here whose principal is of a region and a partition.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html; every other service that these
    templates trust is `<service>.amazonaws.com` in every partition (aws-cdk-lib/region-info, servicePrincipal).
    """
    return f"logs.{region}.{partition_of(region).dns_suffix}"


def log_delivery_principal(region: str) -> str:
    """CloudWatch Logs as the role of a subscription filter trusts it.

    AWS's guide says logs.amazonaws.com; in China the name of the region and partition is asked for
    (serverless/serverless#12087), and so it is taken wherever addresses do not end in amazonaws.com.
    """
    universal = partition_of(region).dns_suffix == _COMMERCIAL.dns_suffix
    return "logs.amazonaws.com" if universal else logs_principal(region)
