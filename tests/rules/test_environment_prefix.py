from __future__ import annotations


def test_two_environments_of_one_account_and_region_need_different_prefixes(house):
    house.environment("there").entry("real-time")
    [said] = house.found("MY012")
    assert said.startswith("environments here and there share account 111122223333, region us-east-1 and no prefix")


def test_the_same_prefix_is_as_bad_as_none(house):
    house.environment("here", name_prefix="blue").environment("there", name_prefix="blue").entry("real-time")
    [said] = house.found("MY012")
    assert "and the prefix blue" in said


def test_different_prefixes_pass(house):
    house.environment("here", name_prefix="blue").environment("there", name_prefix="green").entry("real-time")
    assert house.found("MY012") == []


def test_another_region_passes(house):
    assert house.environment("there", region="eu-west-1").entry("real-time").found("MY012") == []
