"""Captured requests are redacted by the processor, which an environment has with its signals."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.entry import Catalog, Entry
from rules.rule import Rule, Violation

RULE = Rule(
    id="MY066",
    severity="error",
    title="capture.redact stands where something redacts",
    reason="SageMaker itself writes requests as they came. What replaces personal data is the capture processor, and "
    "that is deployed with signals: without it the key would promise what nothing keeps.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html (silent on it)",
    fix="add signals to the environment, or remove redact",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
capture: {sample_percent: 10, redact: true}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
capture: {sample_percent: 10, redact: true}
# catalog/environments/prod.yaml
signals: {stream: on-demand}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    capture = None if entry.endpoint.kind == "serverless" else entry.endpoint.capture
    if capture is not None and capture.redact and catalog.environment.signals is None:
        yield Violation(
            ("capture", "redact"),
            "redact is true, but this environment has no signals and so nothing that redacts: add signals to it, "
            "such as signals: {stream: on-demand}, or remove redact",
        )
