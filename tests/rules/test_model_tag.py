from __future__ import annotations


def shelf(house, count, length):
    names = [f"{number:02}" + "m" * (length - 2) for number in range(count)]
    for name in names:
        house.model(name)
    return house.entry("multi-model", models=names).found("MY050")


def test_names_that_make_a_longer_tag_than_aws_takes_are_refused(house):
    [said] = shelf(house, 8, 32)
    assert said.startswith("the names of the 8 models make a tag of 263 characters, at most 256 are allowed")


def test_a_tag_of_256_characters_passes(house):
    assert shelf(house, 2, 60) == []


def test_one_models_name_always_fits(house):
    assert house.entry("real-time").found("MY050") == []
