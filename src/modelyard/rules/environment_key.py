"""The environment's key lies where its endpoints do."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY041",
    severity="error",
    title="the environment's KMS key lies in the environment's region",
    reason="KMS keys serve their own region only; buckets, topics and endpoints refuse the ARN of another one.",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html",
    fix="name a key of the environment's region, or a replica of it there",
    fails="""\
# catalog/environments/prod.yaml
region: us-east-1
kms_key_arn: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
""",
    passes="""\
# catalog/environments/prod.yaml
region: us-east-1
kms_key_arn: arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
""",
)


def check_environment(catalog: Catalog) -> Iterator[Violation]:
    arn = catalog.environment.kms_key_arn
    if arn is None:
        return
    region = arn.split(":")[3]
    if region != catalog.environment.region:
        yield Violation(
            ("kms_key_arn",),
            f"kms_key_arn names a key of {region}, but the environment deploys to "
            f"{catalog.environment.region}: name a key of that region",
        )
