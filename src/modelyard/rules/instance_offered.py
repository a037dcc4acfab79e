"""An instance type is offered for hosting in the environment's region."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import hosting_types, instance_names, offered_in
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.suggestion import one_of
from modelyard.rules.rule import Rule, Violation, instance_places

RULE = Rule(
    id="MY014",
    severity="warning",
    title="an instance type is offered for hosting in the environment's region",
    reason="a type that the region's hosting price list lacks can rarely be ordered there; the deploy then "
    "waits and fails.",
    source="AWS price lists for hosting as cfn-lint 1.58.0 carries them (2026-10-20)",
    fix="choose a type that the region offers, or another region",
    fails="""\
# catalog/environments/prod.yaml
region: eu-west-3
# catalog/endpoints/chat.yaml
kind: real-time
serving: {instance: ml.g6e.2xlarge}
""",
    passes="""\
# catalog/environments/prod.yaml
region: us-east-1
# catalog/endpoints/chat.yaml
kind: real-time
serving: {instance: ml.g6e.2xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    region = catalog.environment.region
    offered = hosting_types(region)
    if offered is None:
        return
    for location, name in instance_places(entry):
        if name in instance_names() and name not in offered:
            where = one_of(offered_in(name), at_most=6) if offered_in(name) else "in no region"
            yield Violation(location, f"instance {name} is not priced for hosting in {region}, offered: {where}")
