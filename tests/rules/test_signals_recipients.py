from __future__ import annotations

import pytest


def test_signals_whose_alarms_nobody_hears_are_told(house):
    house.environment("here", signals={"stream": "on-demand"})
    assert house.entry("real-time").found("MY070") == [
        "signals have neither alarms.email nor alarms.https, so that nobody hears that records are late or given up: "
        "add an address, such as alarms: {email: [platform@example.com]}"
    ]


@pytest.mark.parametrize("alarms", [{"email": ["a@example.com"]}, {"https": ["https://example.com/hook"]}])
def test_one_address_is_enough(house, alarms):
    house.environment("here", signals={"stream": "on-demand", "alarms": alarms})
    assert house.entry("real-time").found("MY070") == []


def test_without_signals_there_is_nothing_to_hear(house):
    assert house.entry("real-time").found("MY070") == []
