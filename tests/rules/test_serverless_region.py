from __future__ import annotations


def test_a_region_without_serverless_inference_is_refused(house):
    house.environment("here", region="eu-central-2").entry("serverless")
    [said] = house.found("MY023")
    assert said.startswith("kind is serverless, but AWS lists no serverless inference in eu-central-2")


def test_other_kinds_pass_there(house):
    assert house.environment("here", region="eu-central-2").entry("real-time").found("MY023") == []


def test_a_region_with_serverless_inference_passes(house):
    assert house.environment("here", region="eu-west-1").entry("serverless").found("MY023") == []
