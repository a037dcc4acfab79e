from __future__ import annotations

import pytest


@pytest.mark.parametrize("kind", ["real-time", "multi-model"])
def test_an_endpoint_that_answers_at_once_keeps_an_instance(house, kind):
    [said] = house.entry(kind, scaling={"instances": {"min": 0}}).found("MY026")
    assert said.startswith(f"scaling.instances.min is 0, but a {kind} endpoint keeps at least 1 instance")


def test_a_queue_can_wait_without_any(house):
    assert house.entry("async", scaling={"instances": {"min": 0}}).found("MY026") == []
