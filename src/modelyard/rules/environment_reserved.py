"""SageMaker's own variables are left to it."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RESERVED = "SAGEMAKER_"

RULE = Rule(
    id="MY037",
    severity="warning",
    title="variables that start with SAGEMAKER_ are left to SageMaker",
    reason="hosting and its toolkits set such variables themselves (ports, multi-model mode); another value "
    "misleads them.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html and "
    "https://github.com/aws/sagemaker-inference-toolkit",
    fix="use the engine's own variable, or a catalog key",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {environment: {SAGEMAKER_MULTI_MODEL: "true"}}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {environment: {SM_VLLM_DTYPE: bfloat16}}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    for name in entry.endpoint.serving.environment:
        if name.upper().startswith(RESERVED):
            yield Violation(
                ("serving", "environment", name),
                f"{name} is a name that SageMaker sets itself: use the engine's own variable, or a catalog key",
                at_key=True,
            )
