"""A waiver names a rule that an entry may break."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Entry
from modelyard.catalog.suggestion import did_you_mean
from modelyard.rules.rule import Rule, Violation, WaiverUse

RULE = Rule(
    id="MY045",
    severity="error",
    title="a waiver names a warning, or an error that may be waived, once",
    reason="what AWS refuses stays refused however good the reason is; a waiver that cannot work only hides that.",
    source="docs/rules.md, Waivers",
    fix="remove the waiver and do what the rule asks; `modelyard explain` says whether a rule may be waived",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
waivers: [{rule: MY016, reason: we want a larger disk, until: "2099-12-31"}]
serving: {volume_gib: 100}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: async
waivers: [{rule: MY033, reason: tried on our account on 2026-11-02, until: "2099-12-31"}]
capture: {sample_percent: 10}
""",
)


def check_waivers(entry: Entry, use: WaiverUse) -> Iterator[Violation]:
    seen: set[str] = set()
    for index, waiver in enumerate(entry.endpoint.waivers):
        place = ("waivers", index, "rule")
        rule = use.rules.get(waiver.rule)
        if rule is None:
            hint = did_you_mean(waiver.rule, use.rules)
            yield Violation(place, f"{waiver.rule} is no rule that an entry can break{hint}")
        elif not rule.may_be_waived:
            yield Violation(place, f"{waiver.rule} cannot be waived ({rule.title}): remove the waiver and {rule.fix}")
        elif waiver.rule in seen:
            yield Violation(place, f"{waiver.rule} is waived twice: keep one of the waivers")
        seen.add(waiver.rule)
