from __future__ import annotations

import pytest

KEYS = {"time_to_first_token_p90_seconds": 2.0, "dropped_records": 0}


@pytest.mark.parametrize("kind", ["real-time", "async", "serverless", "multi-model"])
@pytest.mark.parametrize("key", KEYS)
def test_what_records_measure_is_refused_where_there_are_none(house, kind, key):
    assert house.entry(kind, slo={key: KEYS[key]}).found("MY067") == [
        f"{key} is measured by the records of requests, and environment here has none: add signals: "
        "{stream: on-demand} to it, or take the key back there with overrides"
    ]


def test_with_a_record_stream_they_pass(house):
    house.environment("here", signals={"stream": "on-demand"})
    assert house.entry("real-time", slo=KEYS).found("MY067") == []


def test_an_environment_without_records_takes_them_back(house):
    house.environment("here", overrides={"probe": {"slo": dict.fromkeys(KEYS)}})
    assert house.entry("real-time", slo=KEYS).found("MY067") == []
