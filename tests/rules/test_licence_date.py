from __future__ import annotations

from datetime import date

from modelyard.rules.engine import judge

ACCEPTED = {"by": "crew", "on": "2026-11-20", "version": "llama3.1"}


def found(house, today):
    house.model("open-model", licence={"name": "llama3.1", "acceptance": "explicit", "version": "llama3.1"})
    house.entry("real-time", licence_accepted=ACCEPTED)
    return [one.message for one in judge(house.catalog(), today=today).findings if one.rule == "MY071"]


def test_a_day_to_come_is_no_day_of_acceptance(house):
    [said] = found(house, date(2026, 11, 19))
    assert said.startswith("licence_accepted.on is 2026-11-20, a day to come (today is 2026-11-19, UTC)")


def test_today_is_a_day_that_has_come(house):
    assert found(house, date(2026, 11, 20)) == []


def test_synth_does_not_know_the_day(house):
    assert found(house, None) == []


def test_an_entry_that_accepts_nothing_has_no_day(house):
    house.entry("real-time")
    assert [one for one in judge(house.catalog(), today=date(2020, 1, 1)).findings if one.rule == "MY071"] == []
