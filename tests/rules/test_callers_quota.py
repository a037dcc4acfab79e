from __future__ import annotations

import pytest


def asked_by(house, role, count):
    for number in range(1, count + 1):
        house.entry("serverless", f"probe-{number:02}", callers=[role])
    return house


@pytest.mark.parametrize(("count", "told"), [(10, 0), (11, 1), (20, 10), (25, 10)])
def test_each_endpoint_beyond_the_tenth_of_a_role_is_told(house, count, told):
    found = asked_by(house, "Frontend", count).found("MY091")
    assert len(found) == told
    said = (
        "role Frontend may ask 11 endpoints with this one, and takes 10 policies until AWS raises its quota (to 20 at "
        "most): raise it, or name another role"
    )
    assert found[:1] == [said][:told]


def test_roles_are_counted_apart(house):
    asked_by(house, "Frontend", 10)
    house.entry("real-time", "other", callers=["Batch", "Nightly"])
    assert house.found("MY091") == []


def test_callers_of_an_override_count(house):
    named = {f"probe-{number:02}": {"callers": ["Frontend"]} for number in range(1, 12)}
    house.environment("here", overrides=named)
    for name in named:
        house.entry("async", name)
    assert len(house.found("MY091")) == 1
