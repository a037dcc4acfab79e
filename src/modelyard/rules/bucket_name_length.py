"""The names of the environment's buckets fit S3."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog
from modelyard.catalog.naming import LONGEST_BUCKET_NAME, bucket_name
from modelyard.catalog.physical_names import BUCKET_PURPOSES
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY044",
    severity="error",
    title="the names of an environment's buckets have at most 63 characters",
    reason="S3 refuses longer ones; they are made of the environment's prefix, name, account and region.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    fix="shorten name_prefix or the name of the environment's file",
    fails="""\
# catalog/environments/prod.yaml
name_prefix: language-models-of-the-platform-team
""",
    passes="""\
# catalog/environments/prod.yaml
name_prefix: platform
""",
)


def check_environment(catalog: Catalog) -> Iterator[Violation]:
    names = [bucket_name(catalog.environment_name, catalog.environment, purpose) for purpose in BUCKET_PURPOSES]
    name = max(names, key=len)
    if len(name) > LONGEST_BUCKET_NAME:
        place = ("name_prefix",) if catalog.environment.name_prefix else ("account",)
        yield Violation(
            place,
            f"the bucket name {name} has {len(name)} characters, at most {LONGEST_BUCKET_NAME} are allowed: "
            f"shorten name_prefix or the name of environment {catalog.environment_name}",
        )
