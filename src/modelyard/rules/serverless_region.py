"""Serverless inference exists in the environment's region."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.capacity.instances import serverless_concurrency
from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY023",
    severity="error",
    title="serverless inference exists in the environment's region",
    reason="AWS lists 21 regions with serverless inference and refuses the endpoint config elsewhere.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html",
    fix="deploy the entry to a listed region (capacity/data/serverless_regions.json), or choose another kind",
    waivable=True,
    fails="""\
# catalog/environments/prod.yaml
region: ap-south-2
# catalog/endpoints/chat.yaml
kind: serverless
""",
    passes="""\
# catalog/environments/prod.yaml
region: us-east-1
# catalog/endpoints/chat.yaml
kind: serverless
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    region = catalog.environment.region
    if entry.endpoint.kind == "serverless" and serverless_concurrency(region) is None:
        yield Violation(
            ("kind",),
            f"kind is serverless, but AWS lists no serverless inference in {region}: choose kind real-time or "
            "async, or another region",
        )
