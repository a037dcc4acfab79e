"""Serverless memory comes in steps of 1024 MB."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

STEPS_MB = (1024, 2048, 3072, 4096, 5120, 6144)

RULE = Rule(
    id="MY021",
    severity="error",
    title="serverless memory is 1024 to 6144 MB in steps of 1024",
    reason="CreateEndpointConfig refuses any other size; CloudFormation's own check lets one through that is in range.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html; MemorySizeInMB in "
    "the botocore 1.44.5 sagemaker model",
    fix="round memory_mb up to the next step",
    fails="""\
# catalog/endpoints/chat.yaml
kind: serverless
serving: {memory_mb: 1500}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: serverless
serving: {memory_mb: 2048}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind != "serverless" or entry.endpoint.serving.memory_mb in STEPS_MB:
        return
    given = entry.endpoint.serving.memory_mb
    allowed = ", ".join(str(step) for step in STEPS_MB)
    nearest = next((step for step in STEPS_MB if step >= given), None)
    way_out = f"write {nearest}" if nearest else "choose kind real-time with an instance that has the memory"
    yield Violation(("serving", "memory_mb"), f"memory_mb is {given}, allowed are {allowed}: {way_out}")
