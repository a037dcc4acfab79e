"""A waiver ends on the day it names."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Entry
from modelyard.rules.rule import Rule, Violation, WaiverUse

RULE = Rule(
    id="MY046",
    severity="error",
    title="no waiver is past its last day",
    reason="a waiver is for a while. `modelyard check` knows the day and holds waivers against it; synth does not, so "
    "that the same files always give the same templates.",
    source="docs/rules.md, Waivers",
    fix="do what the waived rule asks and remove the waiver, or decide again and write another day",
    fails="""\
# catalog/endpoints/chat.yaml
kind: async
waivers: [{rule: MY033, reason: tried on our account on 2026-01-02, until: "2026-06-30"}]
capture: {sample_percent: 10}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: async
waivers: [{rule: MY033, reason: tried on our account on 2026-11-02, until: "2099-12-31"}]
capture: {sample_percent: 10}
""",
)


def check_waivers(entry: Entry, use: WaiverUse) -> Iterator[Violation]:
    for index, waiver in enumerate(entry.endpoint.waivers):
        if use.today is not None and use.today > waiver.until:
            yield Violation(
                ("waivers", index, "until"),
                f"the waiver of {waiver.rule} ended on {waiver.until.isoformat()}: do what the rule asks and remove "
                "the waiver, or decide again and write another day",
            )
