"""No two environments of one account and region spell one name."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog
from modelyard.catalog.physical_names import PhysicalName, physical_names
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


def _of_buckets(name: str, other: str) -> Violation:
    return Violation(
        ("bucket_names",),
        f"the bucket {name} is also one of environment {other}, and all of AWS has a name once: choose another",
    )


def check_environment(catalog: Catalog) -> Iterator[Violation]:
    here, name = catalog.environment, catalog.environment_name
    others = {
        other_name: other
        for other_name, other in catalog.environments.items()
        if other_name != name and (other.account, other.region) == (here.account, here.region)
    }
    ours: dict[tuple[str, str], PhysicalName] = {}
    for one in physical_names(name, here, catalog.entries):
        ours.setdefault((one.kind, one.name), one)
    for other_name, other in others.items():
        told: set[str] = set()
        for theirs in physical_names(other_name, other, catalog.entries):
            mine = ours.get((theirs.kind, theirs.name))
            if mine is None or theirs.kind in told:
                continue
            told.add(theirs.kind)
            if theirs.kind == "bucket" and mine.name in here.bucket_names.values():
                yield _of_buckets(mine.name, other_name)
                continue
            yield Violation(
                ("name_prefix",) if theirs.kind == "bucket" and here.name_prefix else ("account",),
                f"the {mine.kind} {mine.name} {mine.owner} is also the one {theirs.owner} in environment {other_name}, "
                "which shares account and region: rename one of the environments or entries, or choose another "
                "name_prefix",
            )
    for other_name, other in catalog.environments.items():
        # Elsewhere only names of the company's own can meet: ours carry account and region.
        if other_name != name and other_name not in others:
            yield from (
                _of_buckets(one, other_name) for one in here.bucket_names.values() if one in other.bucket_names.values()
            )
