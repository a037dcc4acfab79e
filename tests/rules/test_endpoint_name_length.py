from __future__ import annotations


def test_a_name_of_70_characters_is_refused(house):
    [said] = house.entry("real-time", "n" * 70).found("MY010")
    assert "has 70 characters, at most 63 are allowed" in said


def test_the_prefix_counts(house):
    house.environment("here", name_prefix="production")
    [said] = house.entry("real-time", "n" * 53).found("MY010")
    assert "has 64 characters (11 of them the prefix production-)" in said


def test_63_characters_pass(house):
    house.environment("here", name_prefix="production")
    assert house.entry("real-time", "n" * 52).found("MY010") == []
