"""What the capture processor does is asked for where there is one: with an environment's signals."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY066",
    severity="error",
    title="capture.redact and capture.drift_psi stand where captured requests are processed",
    reason="SageMaker itself writes requests as they came. What replaces personal data and looks for drift is the "
    "capture processor, and that is deployed with signals: without it the keys would promise what nothing keeps.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html (silent on it)",
    fix="add signals to the environment, or remove the key",
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
signals: {stream: on-demand, alarms: {email: [platform@example.com]}}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    capture = None if entry.endpoint.kind == "serverless" else entry.endpoint.capture
    if capture is None or catalog.environment.signals is not None:
        return
    if capture.redact:
        yield Violation(
            ("capture", "redact"),
            "redact is true, but this environment has no signals and so nothing that redacts: add signals to it, "
            "such as signals: {stream: on-demand}, or remove redact",
        )
    if capture.drift_psi is not None:
        yield Violation(
            ("capture", "drift_psi"),
            f"drift_psi is {capture.drift_psi:g}, but this environment has no signals and so nothing that looks for "
            "drift: add signals to it, such as signals: {stream: on-demand}, or remove drift_psi",
        )
