"""Environments that share account and region carry different prefixes."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY012",
    severity="error",
    title="environments that share account and region have different name prefixes",
    reason="every environment deploys every entry, so without a prefix the second deploy meets names that exist.",
    source="CreateEndpoint, EndpointName: "
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html",
    fix="set name_prefix in one of the two environment files",
    fails="""\
# catalog/environments/prod.yaml
region: us-east-1
# catalog/environments/staging.yaml
region: us-east-1
""",
    passes="""\
# catalog/environments/prod.yaml
region: us-east-1
# catalog/environments/staging.yaml
region: us-east-1
name_prefix: staging
""",
)


def check_environment(catalog: Catalog) -> Iterator[Violation]:
    here = catalog.environment
    for name, other in catalog.environments.items():
        same_place = (other.account, other.region) == (here.account, here.region)
        if name != catalog.environment_name and same_place and other.name_prefix == here.name_prefix:
            prefix = f"the prefix {here.name_prefix}" if here.name_prefix else "no prefix"
            place = ("name_prefix",) if here.name_prefix else ("account",)
            yield Violation(
                place,
                f"environments {catalog.environment_name} and {name} share account {here.account}, region "
                f"{here.region} and {prefix}: give one of them another name_prefix",
            )
