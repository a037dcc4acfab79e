"""No two environments of one account and region spell one name."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog
from modelyard.catalog.physical_names import PhysicalName, physical_names
from modelyard.catalog.schema import Environment
from modelyard.rules.rule import Rule, Violation

# One sentence for each pair of environments and kind of thing: a prefix that is wrong is wrong for every entry.
RULE = Rule(
    id="MY081",
    severity="error",
    title="environments of one account and region spell no name of a stack, bucket or other thing twice",
    reason="names are joined by hyphens: entry b-chat of environment a and entry chat of a-b are one stack, which the "
    "second deploy replaces by its own.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-create-stack-parameters.html",
    fix="rename the environment's file or the entry's, or give the environments prefixes that spell no other's name",
    fails="""\
# catalog/environments/prod.yaml
region: us-east-1
# catalog/environments/prod-eu.yaml
region: us-east-1
name_prefix: eu
# catalog/endpoints/chat.yaml
kind: real-time
# catalog/endpoints/eu-chat.yaml
kind: real-time
""",
    passes="""\
# catalog/environments/prod.yaml
region: us-east-1
# catalog/environments/rehearsal.yaml
region: us-east-1
name_prefix: rehearsal
# catalog/endpoints/chat.yaml
kind: real-time
# catalog/endpoints/eu-chat.yaml
kind: real-time
""",
)


def check_environment(catalog: Catalog) -> Iterator[Violation]:
    here, name = catalog.environment, catalog.environment_name
    ours: dict[tuple[str, str], PhysicalName] = {}
    for one in physical_names(name, here, catalog.entries):
        ours.setdefault((one.kind, one.name), one)
    for other_name, other in catalog.environments.items():
        if other_name == name:
            continue
        beside = (other.account, other.region) == (here.account, here.region)
        told: set[str] = set()
        for theirs in physical_names(other_name, other, catalog.entries):
            mine = ours.get((theirs.kind, theirs.name))
            # A bucket's name is one for all accounts and regions.
            if mine is None or theirs.kind in told or not (beside or theirs.kind == "bucket"):
                continue
            told.add(theirs.kind)
            place = _place(mine, here)
            yield Violation(
                place,
                f"the {mine.kind} {mine.name} {mine.owner} is also the one {theirs.owner} in environment {other_name}"
                f"{', which shares account and region' if beside else ''}: rename one of the environments or entries, "
                f"or choose another {'name in bucket_names' if 'bucket_names' in place else 'name_prefix'}",
            )


def _place(name: PhysicalName, environment: Environment) -> tuple[str, ...]:
    purposes = [purpose for purpose, bucket in environment.bucket_names.items() if bucket == name.name]
    if name.kind == "bucket" and purposes:
        return ("bucket_names", purposes[0])
    return ("name_prefix",) if name.kind == "bucket" and environment.name_prefix else ("account",)
