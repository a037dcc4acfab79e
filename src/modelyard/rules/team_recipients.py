"""The team of every entry can be reached by its alarms."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY064",
    severity="error",
    title="the team of every entry has an address that its alarms reach",
    reason="the alarms of an endpoint go to its team alone. A topic without subscriptions drops every message without "
    "a sound, so that an endpoint can fail for days and nobody hears of it.",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html",
    fix="give the team alarms: {email: [...]} or alarms: {https: [...]} in organisation.yaml",
    fails="""\
# catalog/organisation.yaml
teams: {crew: {alarms: {email: []}}}
# catalog/endpoints/chat.yaml
kind: real-time
""",
    passes="""\
# catalog/organisation.yaml
teams: {crew: {alarms: {email: [crew@example.com]}}}
# catalog/endpoints/chat.yaml
kind: real-time
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    recipients = entry.team.alarms
    if recipients.email or recipients.https:
        return
    team = entry.endpoint.team
    yield Violation(
        ("team",),
        f"team {team} has neither alarms.email nor alarms.https in organisation.yaml, so that nobody would hear this "
        f"endpoint's alarms: add an address there, such as alarms: {{email: [{team}@example.com]}}",
    )
