from __future__ import annotations

from datetime import date

from modelyard.rules.engine import judge


def on(house, day):
    waivers = [{"rule": "MY033", "reason": "tried", "until": "2026-11-30"}]
    house.entry("async", capture={"sample_percent": 5}, waivers=waivers)
    verdict = judge(house.catalog(), today=day)
    return [finding.message for finding in verdict.findings if finding.rule == "MY046"]


def test_a_waiver_holds_on_its_last_day(house):
    assert on(house, date(2026, 11, 30)) == []


def test_a_waiver_is_expired_on_the_day_after(house):
    [said] = on(house, date(2026, 12, 1))
    assert said.startswith("the waiver of MY033 ended on 2026-11-30")


def test_synth_does_not_know_the_day(house):
    assert on(house, None) == []
