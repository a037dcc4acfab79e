from __future__ import annotations

import pytest

BILLION = 10**9


@pytest.mark.parametrize("key", ["download_timeout_seconds", "startup_timeout_seconds"])
def test_a_limit_below_what_the_bytes_take_is_told_with_the_one_to_take(house, key):
    house.model("open-model", parameters=7 * BILLION)
    [said] = house.entry("real-time", serving={key: 60}).found("MY057")
    assert said.startswith(f"{key} is 60, but ")
    assert "leave it out for" in said


def test_a_limit_above_it_passes(house):
    house.model("open-model", parameters=7 * BILLION)
    generous = {"download_timeout_seconds": 3600, "startup_timeout_seconds": 3600}
    assert house.entry("real-time", serving=generous).found("MY057") == []


def test_the_slowest_type_of_a_list_decides(house):
    house.model("open-model", parameters=100_000_000)
    limit = {"engine": "custom", "image": "own/engine:1-cpu", "startup_timeout_seconds": 200}
    assert house.entry("async", serving={**limit, "instance": "ml.m5d.4xlarge"}).found("MY057") == []
    assert len(house.entry("async", serving={**limit, "instance": ["ml.m5d.4xlarge", "ml.m5.large"]}).found("MY057"))


def test_serverless_has_no_such_limit(house):
    assert house.entry("serverless").found("MY057") == []
