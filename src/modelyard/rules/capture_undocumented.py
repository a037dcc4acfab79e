"""Data capture is documented for real-time endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY033",
    severity="warning",
    title="capture on async and multi-model endpoints is not documented to record anything",
    reason="CreateEndpointConfig accepts it, but no page says what is captured there: do not rely on it for an audit.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html (silent on them)",
    fix="verify on your account, or remove capture; an async endpoint's inputs and outputs lie in S3 anyway",
    fails="""\
# catalog/endpoints/chat.yaml
kind: async
capture: {sample_percent: 10}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
capture: {sample_percent: 10}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind in ("async", "multi-model") and entry.endpoint.capture is not None:
        yield Violation(
            ("capture",),
            f"capture on a {entry.endpoint.kind} endpoint is not documented to record anything: verify it on "
            "your account, or remove it",
            at_key=True,
        )
