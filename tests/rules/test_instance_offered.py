from __future__ import annotations


def test_a_type_that_the_region_lacks_warns_and_names_regions_that_have_it(house):
    house.environment("here", region="eu-west-3").entry("real-time", serving={"instance": "ml.g5.2xlarge"})
    [said] = house.found("MY014")
    assert said.startswith("instance ml.g5.2xlarge is not priced for hosting in eu-west-3, offered: ap-east-1, ")


def test_a_type_that_no_region_offers_warns(house):
    [said] = house.entry("real-time", serving={"instance": "ml.p5e.48xlarge"}).found("MY014")
    assert said.endswith("offered: in no region")


def test_a_type_that_the_region_offers_passes(house):
    assert house.entry("real-time", serving={"instance": "ml.g6e.2xlarge"}).found("MY014") == []
