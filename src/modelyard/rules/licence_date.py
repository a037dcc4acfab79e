"""A licence was accepted on a day that has come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from modelyard.catalog.entry import Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY071",
    severity="error",
    title="a licence was accepted on a day that has come",
    reason="an acceptance says what somebody did. One of a day to come was typed wrongly or has not happened. "
    "`modelyard check` knows the day (UTC); synth does not, so that the same files always give the same templates.",
    source="docs/adding-a-model.md; the licence that the model's file names",
    fix="write the day on which the licence was read and accepted",
    fails="""\
# catalog/models/open-model.yaml
licence: {name: llama3.1, url: "https://www.llama.com/llama3_1/license/", acceptance: explicit, version: llama3.1}
# catalog/endpoints/chat.yaml
kind: real-time
licence_accepted: {by: support-ml, on: "2099-11-02", version: llama3.1}
""",
    passes="""\
# catalog/models/open-model.yaml
licence: {name: llama3.1, url: "https://www.llama.com/llama3_1/license/", acceptance: explicit, version: llama3.1}
# catalog/endpoints/chat.yaml
kind: real-time
licence_accepted: {by: support-ml, on: "2026-11-02", version: llama3.1}
""",
)


def check_day(entry: Entry, today: date) -> Iterator[Violation]:
    accepted = entry.endpoint.licence_accepted
    if accepted is not None and accepted.on > today:
        yield Violation(
            ("licence_accepted", "on"),
            f"licence_accepted.on is {accepted.on.isoformat()}, a day to come (today is {today.isoformat()}, UTC): "
            "write the day on which it was accepted",
        )
