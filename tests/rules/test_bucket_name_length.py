from __future__ import annotations


def test_a_prefix_that_makes_a_bucket_name_too_long_is_refused(house):
    house.environment("here", name_prefix="department-of-texts").entry("real-time")
    [said] = house.found("MY044")
    assert "modelyard-department-of-texts-here-access-logs-111122223333-us-east-1 has 69 characters" in said


def test_a_short_prefix_passes(house):
    assert house.environment("here", name_prefix="texts").entry("real-time").found("MY044") == []


def test_names_of_the_companys_own_are_as_long_as_s3_takes_them(house):
    names = {one: f"acme-{one}" for one in ("access-logs", "artifacts", "async", "capture", "signals")}
    house.environment("here", name_prefix="department-of-texts", bucket_names=names).entry("real-time")
    assert house.found("MY044") == []
