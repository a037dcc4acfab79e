from __future__ import annotations

import pytest


def test_a_misspelt_type_is_refused_with_the_one_that_was_meant(house):
    assert house.entry("real-time", serving={"instance": "ml.g6e.2xlarg"}).found("MY013") == [
        "instance ml.g6e.2xlarg is no hosting instance type: did you mean ml.g6e.2xlarge?"
    ]


@pytest.mark.parametrize("name", ["ml.t3.large", "ml.g6f.xlarge", "ml.m8i.large"])
def test_types_that_ec2_has_and_hosting_has_not_are_refused(house, name):
    assert len(house.entry("real-time", serving={"instance": name}).found("MY013")) == 1


def test_every_type_of_a_list_is_looked_at(house):
    house.entry("real-time", serving={"instance": ["ml.g5.2xlarge", "ml.g5.3xlarge"]})
    assert len(house.found("MY013")) == 1


def test_a_type_that_hosting_accepts_passes(house):
    assert house.entry("real-time", serving={"instance": "ml.p5en.48xlarge"}).found("MY013") == []
