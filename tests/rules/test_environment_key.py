from __future__ import annotations


def key(house, region):
    house.environment("here", kms_key_arn=f"arn:aws:kms:{region}:111122223333:key/1234abcd").entry("real-time")
    return house.found("MY041")


def test_a_key_of_another_region_is_refused(house):
    [said] = key(house, "eu-west-1")
    assert said.startswith("kms_key_arn names a key of eu-west-1, but the environment deploys to us-east-1")


def test_a_key_of_the_environments_region_passes(house):
    assert key(house, "us-east-1") == []
