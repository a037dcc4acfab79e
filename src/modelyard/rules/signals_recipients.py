"""The alarms of an environment's signals reach somebody."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY070",
    severity="warning",
    title="the alarms of an environment's signals have an address",
    reason="that the record stream lags, that records or captured requests are given up, that the table stands still: "
    "these alarms belong to no entry's team. A topic without subscriptions drops every message without a sound.",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html",
    fix="give signals alarms: {email: [...]} or alarms: {https: [...]} in the environment's file",
    fails="""\
# catalog/environments/prod.yaml
signals: {stream: on-demand}
""",
    passes="""\
# catalog/environments/prod.yaml
signals: {stream: on-demand, alarms: {email: [platform@example.com]}}
""",
)


def check_environment(catalog: Catalog) -> Iterator[Violation]:
    signals = catalog.environment.signals
    if signals is not None and not signals.alarms.email and not signals.alarms.https:
        yield Violation(
            ("signals",),
            "signals have neither alarms.email nor alarms.https, so that nobody hears that records are late or given "
            "up: add an address, such as alarms: {email: [platform@example.com]}",
        )
