"""A multi-model endpoint names one instance type."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation, instance_places

RULE = Rule(
    id="MY049",
    severity="warning",
    title="a multi-model endpoint with a list of instance types is not documented to work",
    reason="AWS describes instance pools for endpoints of one model and for inference components, and is silent about "
    "several models in one container.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-heterogeneous.html (silent on them)",
    fix="name one type, or verify the list on your account and waive this",
    fails="""\
# catalog/endpoints/chat.yaml
kind: multi-model
serving: {instance: [ml.m5.xlarge, ml.m5.2xlarge]}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: multi-model
serving: {instance: ml.m5.xlarge}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind == "multi-model" and len(list(instance_places(entry))) > 1:
        yield Violation(
            ("serving", "instance"),
            "a multi-model endpoint with a list of instance types is not documented to work: name one type",
        )
