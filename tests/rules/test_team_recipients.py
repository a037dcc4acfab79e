from __future__ import annotations

import pytest

SENTENCE = (
    "team crew has neither alarms.email nor alarms.https in organisation.yaml, so that nobody would hear this "
    "endpoint's alarms: add an address there, such as alarms: {email: [crew@example.com]}"
)


@pytest.mark.parametrize("alarms", [None, {}, {"email": []}, {"email": [], "https": []}])
def test_a_team_that_nobody_can_reach_is_told_at_its_entry(house, alarms):
    house.team("crew", **({} if alarms is None else {"alarms": alarms}))
    assert house.entry("real-time").found("MY064") == [SENTENCE]


@pytest.mark.parametrize("alarms", [{"email": ["crew@example.com"]}, {"https": ["https://hooks.example.com/crew"]}])
def test_one_address_of_either_form_is_enough(house, alarms):
    house.team("crew", alarms=alarms)
    assert house.entry("real-time").found("MY064") == []
