"""No two endpoints of one account and region get the same name."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY011",
    severity="error",
    title="an endpoint's name is unique in its account and region",
    reason="CreateEndpoint compares names without regard to case and refuses one that exists; a prefix and "
    "a name of one environment can spell the name of another's endpoint.",
    source="CreateEndpoint, EndpointName: "
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html",
    fix="rename one entry, or give the environments prefixes that no entry starts with",
    fails="""\
# catalog/environments/prod.yaml
region: us-east-1
# catalog/environments/staging.yaml
name_prefix: staging
# catalog/endpoints/chat.yaml
kind: real-time
# catalog/endpoints/staging-chat.yaml
kind: real-time
""",
    passes="""\
# catalog/environments/prod.yaml
region: us-east-1
# catalog/environments/staging.yaml
name_prefix: staging
# catalog/endpoints/chat.yaml
kind: real-time
# catalog/endpoints/rehearsal-chat.yaml
kind: real-time
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    here = catalog.environment
    for name, other in catalog.environments.items():
        if name == catalog.environment_name or (other.account, other.region) != (here.account, here.region):
            continue
        if other.name_prefix == here.name_prefix:
            continue
        prefix = f"{other.name_prefix}-".lower() if other.name_prefix else ""
        ours = entry.endpoint_name.lower()
        for its_entry in catalog.names_in_any_case.get(ours[len(prefix) :], []) if ours.startswith(prefix) else ():
            yield Violation(
                (),
                f"the endpoint's name {entry.endpoint_name} is also the name of {its_entry} in "
                f"environment {name}, which shares account and region: rename one of them",
            )
