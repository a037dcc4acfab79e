from __future__ import annotations


def test_more_concurrency_than_a_new_account_has_warns(house):
    house.entry("serverless", "one", serving={"max_concurrency": 6})
    house.entry("serverless", "two", serving={"max_concurrency": 5})
    [said] = house.found("MY024")
    assert said.startswith("serverless endpoints with 11 concurrent invocations together need quota L-96300102")


def test_a_sixth_serverless_endpoint_warns(house):
    for number in range(6):
        house.entry("serverless", f"entry-{number}", serving={"max_concurrency": 1})
    [said] = house.found("MY024")
    assert said.startswith("6 serverless endpoints need quota L-99AD19BF")


def test_what_a_new_account_has_passes(house):
    for number in range(5):
        house.entry("serverless", f"entry-{number}", serving={"max_concurrency": 2})
    assert house.found("MY024") == []
