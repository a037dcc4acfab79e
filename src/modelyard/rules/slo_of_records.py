"""Objectives that are measured by request records stand in environments that have them."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

_MEASURED_BY_RECORDS = ("time_to_first_token_p90_seconds", "dropped_records")

RULE = Rule(
    id="MY067",
    severity="error",
    title="objectives that request records measure are given where the environment has signals",
    reason="SageMaker publishes neither the time to the first token nor what a container drops: both come from the "
    "records of requests. Without the record stream the alarm would watch a metric that nobody publishes.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html (the metrics that there are)",
    fix="give the environment signals: {stream: on-demand}, or take the key back there: overrides: {chat: {slo: "
    "{time_to_first_token_p90_seconds: null}}}",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
slo: {time_to_first_token_p90_seconds: 2.0}
""",
    passes="""\
# catalog/environments/prod.yaml
signals: {stream: on-demand, alarms: {email: [platform@example.com]}}
# catalog/endpoints/chat.yaml
kind: real-time
slo: {time_to_first_token_p90_seconds: 2.0}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if catalog.environment.signals is not None:
        return
    for key in _MEASURED_BY_RECORDS:
        if getattr(entry.endpoint.slo, key) is not None:
            yield Violation(
                ("slo", key),
                f"{key} is measured by the records of requests, and environment {catalog.environment_name} has none: "
                "add signals: {stream: on-demand} to it, or take the key back there with overrides",
            )
