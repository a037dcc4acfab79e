"""Serverless endpoints fit the quotas of a new account."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog
from modelyard.rules.rule import Rule, Violation

DEFAULT_ENDPOINTS = 5
DEFAULT_CONCURRENCY = 10

RULE = Rule(
    id="MY024",
    severity="warning",
    title="serverless endpoints fit the quotas that an account starts with",
    reason="an account starts with 5 serverless endpoints (L-99AD19BF) and 10 concurrent invocations over "
    "all of them (L-96300102); beyond that the deploy fails with ResourceLimitExceeded. "
    "Nothing is said where the account's own quotas were pulled.",
    source="https://docs.aws.amazon.com/general/latest/gr/sagemaker.html",
    fix="ask Service Quotas for more before the deploy, or lower max_concurrency",
    fails="""\
# catalog/endpoints/chat.yaml
kind: serverless
serving: {max_concurrency: 50}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: serverless
serving: {max_concurrency: 8}
""",
)


def check_environment(catalog: Catalog) -> Iterator[Violation]:
    # What the account was granted is known: MY053 and MY054 hold the endpoints against that.
    if catalog.quotas is not None:
        return
    concurrencies = [
        entry.endpoint.serving.max_concurrency
        for entry in catalog.entries.values()
        if entry.endpoint.kind == "serverless"
    ]
    if len(concurrencies) > DEFAULT_ENDPOINTS:
        yield Violation(
            ("region",),
            f"{len(concurrencies)} serverless endpoints need quota L-99AD19BF, which starts at "
            f"{DEFAULT_ENDPOINTS}: ask Service Quotas for more before the deploy",
        )
    if sum(concurrencies) > DEFAULT_CONCURRENCY:
        yield Violation(
            ("region",),
            f"serverless endpoints with {sum(concurrencies)} concurrent invocations together need quota "
            f"L-96300102, which starts at {DEFAULT_CONCURRENCY}: ask for more before the deploy",
        )
