"""Every partition that botocore knows is known, with the same addresses; a template names no other than its own."""

from __future__ import annotations

import json
from pathlib import Path

import botocore
import pytest

from modelyard.catalog.images import _table
from modelyard.catalog.naming import partition
from modelyard.catalog.partitions import log_delivery_principal, logs_principal, partition_of

KNOWN = json.loads((Path(botocore.__file__).parent / "data" / "partitions.json").read_text("utf-8"))["partitions"]
REGIONS = sorted({region for one in KNOWN for region in one["regions"] if not region.endswith("-global")})
REGISTRIES = sorted({region for registry in _table()["registries"].values() for region in registry})


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known["id"])
def test_each_partition_of_botocore_is_known_by_its_regions(known):
    regions = [region for region in known["regions"] if not region.endswith("-global")]
    assert regions
    for region in regions:
        found = partition_of(region)
        assert (found.name, found.dns_suffix) == (known["outputs"]["name"], known["outputs"]["dnsSuffix"]), region


@pytest.mark.parametrize("region", REGISTRIES)
def test_each_region_that_has_a_registry_may_be_an_environments(region, tmp_path):
    from modelyard.catalog.schema import Environment

    assert Environment(account="111122223333", region=region).region == region


@pytest.mark.parametrize(
    ("region", "key", "delivery"),
    [
        ("eu-west-1", "logs.eu-west-1.amazonaws.com", "logs.amazonaws.com"),
        ("us-gov-west-1", "logs.us-gov-west-1.amazonaws.com", "logs.amazonaws.com"),
        ("cn-north-1", "logs.cn-north-1.amazonaws.com.cn", "logs.cn-north-1.amazonaws.com.cn"),
        ("us-iso-east-1", "logs.us-iso-east-1.c2s.ic.gov", "logs.us-iso-east-1.c2s.ic.gov"),
        ("eusc-de-east-1", "logs.eusc-de-east-1.amazonaws.eu", "logs.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_cloudwatch_logs_is_called_by_region_and_partition(region, key, delivery):
    assert (logs_principal(region), log_delivery_principal(region)) == (key, delivery)


def test_a_region_of_no_known_kind_is_one_of_the_commercial_ones():
    assert partition("xx-new-1") == "aws"
