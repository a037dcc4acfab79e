from __future__ import annotations

import pytest

ONE = "subnet-0a1b2c3d4e5f60001"
OTHER = "subnet-0a1b2c3d4e5f60002"


@pytest.mark.parametrize("subnets", [[ONE], [ONE, ONE]])
def test_one_subnet_is_told(house, subnets):
    house.environment("here", network={"subnets": subnets, "security_groups": ["sg-1"]})
    assert house.entry("real-time").found("MY092") == [
        f"{ONE} is the only subnet, and AWS asks for two in different availability zones, even for one instance: add "
        "one of another zone"
    ]


def test_two_subnets_and_no_network_pass(house):
    assert house.entry("real-time").found("MY092") == []
    house.environment("here", network={"subnets": [ONE, OTHER], "security_groups": ["sg-1"]})
    assert house.found("MY092") == []
