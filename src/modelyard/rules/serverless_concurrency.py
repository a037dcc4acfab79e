"""Provisioned concurrency is part of the maximum."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY022",
    severity="error",
    title="provisioned concurrency is at most the maximum concurrency",
    reason="CreateEndpointConfig refuses ProvisionedConcurrency above MaxConcurrency; CloudFormation's own "
    "check does not.",
    source="ProductionVariantServerlessConfig in the botocore 1.44.5 sagemaker model",
    fix="raise max_concurrency or lower provisioned_concurrency",
    fails="""\
# catalog/endpoints/chat.yaml
kind: serverless
serving: {max_concurrency: 5, provisioned_concurrency: 8}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: serverless
serving: {max_concurrency: 8, provisioned_concurrency: 5}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind != "serverless":
        return
    provisioned, most = entry.endpoint.serving.provisioned_concurrency, entry.endpoint.serving.max_concurrency
    if provisioned is not None and provisioned > most:
        yield Violation(
            ("serving", "provisioned_concurrency"),
            f"provisioned_concurrency is {provisioned}, above "
            f"max_concurrency {most}: raise max_concurrency or lower it",
        )
