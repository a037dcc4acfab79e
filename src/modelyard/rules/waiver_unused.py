"""A waiver covers something."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Entry
from modelyard.rules.rule import Rule, Violation, WaiverUse

RULE = Rule(
    id="MY047",
    severity="warning",
    title="every waiver covers something",
    reason="a waiver that nothing needs would silently cover the next mistake. It is told by `modelyard check` where "
    "no environment needs it.",
    source="docs/rules.md, Waivers",
    fix="remove the waiver",
    fails="""\
# catalog/endpoints/chat.yaml
kind: async
waivers: [{rule: MY033, reason: tried on our account on 2026-11-02, until: "2099-12-31"}]
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
        holds = use.today is not None and use.today <= waiver.until
        rule = use.rules.get(waiver.rule)
        if holds and rule is not None and rule.may_be_waived and waiver.rule not in use.broken:
            yield Violation(
                ("waivers", index), f"the entry does not break {waiver.rule}, so nothing needs this waiver: remove it"
            )
