from __future__ import annotations

import pytest


@pytest.mark.parametrize("kind", ["async", "multi-model"])
def test_capture_warns_where_no_page_says_what_it_records(house, kind):
    [said] = house.entry(kind, capture={"sample_percent": 10}).found("MY033")
    assert said.startswith(f"capture on a {kind} endpoint is not documented")


def test_capture_on_a_real_time_endpoint_passes(house):
    assert house.entry("real-time", capture={"sample_percent": 10}).found("MY033") == []
