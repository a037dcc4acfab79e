"""The environment's region is one that hosts endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import hosting_regions, hosting_types
from modelyard.catalog.entry import Catalog
from modelyard.catalog.suggestion import did_you_mean
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY040",
    severity="warning",
    title="the environment's region is one that AWS prices hosting in",
    reason="a region without a hosting price list is misspelt, or newer than the list.",
    source="AWS price lists for hosting as cfn-lint 1.58.0 carries them (2026-10-20)",
    fix="correct the region",
    fails="""\
# catalog/environments/prod.yaml
region: us-esat-1
""",
    passes="""\
# catalog/environments/prod.yaml
region: us-east-1
""",
)


def check_environment(catalog: Catalog) -> Iterator[Violation]:
    region = catalog.environment.region
    if hosting_types(region) is None:
        hint = did_you_mean(region, hosting_regions()) or ": correct it"
        yield Violation(("region",), f"region {region} is in no price list for hosting{hint}")
