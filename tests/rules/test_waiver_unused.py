from __future__ import annotations

from datetime import date

from modelyard.rules.engine import judge


def unused(house, *, until="2026-11-30", day=date(2026, 11, 21), **changes):
    house.entry("async", waivers=[{"rule": "MY033", "reason": "tried", "until": until}], **changes)
    verdict = judge(house.catalog(), today=day)
    return [finding.message for finding in verdict.findings if finding.rule == "MY047"]


def test_a_waiver_that_covers_nothing_is_told(house):
    assert unused(house) == ["the entry does not break MY033, so nothing needs this waiver: remove it"]


def test_a_waiver_that_covers_something_is_not(house):
    assert unused(house, capture={"sample_percent": 5}) == []


def test_an_expired_one_is_told_as_expired_only(house):
    assert unused(house, until="2026-11-20") == []


def test_synth_says_nothing_about_it(house):
    assert unused(house, day=None) == []
