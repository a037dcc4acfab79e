from __future__ import annotations

import pytest


@pytest.mark.parametrize("name", ["foundation", "finance", "fleet"])
def test_the_name_of_a_shared_stack_is_refused(house, name):
    [said] = house.entry("real-time", name).found("MY043")
    assert f"{name} is the name of a stack or dashboard that all entries share" in said


def test_any_other_name_passes(house):
    assert house.entry("real-time", "foundations").found("MY043") == []
