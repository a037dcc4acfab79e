from __future__ import annotations


def test_a_misspelt_region_warns_with_the_one_that_was_meant(house):
    assert house.environment("here", region="us-eat-1").entry("real-time").found("MY040") == [
        "region us-eat-1 is in no price list for hosting: did you mean us-east-1?"
    ]


def test_a_region_with_a_price_list_passes(house):
    assert house.environment("here", region="eu-west-1").entry("real-time").found("MY040") == []
