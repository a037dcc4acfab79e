from __future__ import annotations


def test_provisioned_concurrency_above_the_maximum_is_refused(house):
    house.entry("serverless", serving={"max_concurrency": 5, "provisioned_concurrency": 50})
    [said] = house.found("MY022")
    assert said.startswith("provisioned_concurrency is 50, above max_concurrency 5")


def test_provisioned_concurrency_up_to_the_maximum_passes(house):
    house.entry("serverless", serving={"max_concurrency": 5, "provisioned_concurrency": 5})
    assert house.found("MY022") == []
