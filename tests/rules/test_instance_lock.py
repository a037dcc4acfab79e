from __future__ import annotations

BILLION = 10**9


def test_a_lock_that_still_holds_the_model_passes(house):
    assert house.lock("probe").entry("real-time", serving={"instance": "auto"}).found("MY055") == []


def test_a_model_that_has_outgrown_its_locked_instance_is_told_with_the_command(house):
    house.model("open-model", parameters=20 * BILLION)
    [said] = house.lock("probe").entry("real-time", serving={"instance": "auto"}).found("MY055")
    assert said.startswith("instance is auto and locked to ml.g5.2xlarge, but open-model does not fit: ")
    assert said.endswith("run `modelyard lock --update probe --environment here`")


def test_every_type_of_a_locked_pool_must_hold_the_model(house):
    house.model("open-model", parameters=14 * BILLION)
    house.lock("probe", instance=["ml.g6e.2xlarge", "ml.g5.2xlarge"])
    [said] = house.entry("real-time", serving={"instance": "auto"}).found("MY055")
    assert "ml.g5.2xlarge" in said and "ml.g6e.2xlarge" not in said


def test_a_region_that_does_not_offer_the_locked_instance_is_told(house):
    house.environment("here", region="af-south-1")
    [said] = house.lock("probe").entry("real-time", serving={"instance": "auto"}).found("MY055")
    assert "af-south-1 does not offer it" in said


def test_an_instance_that_the_entry_names_is_none_of_its_business(house):
    house.model("open-model", parameters=20 * BILLION)
    assert house.lock("probe").entry("real-time").found("MY055") == []


def test_what_the_lock_tells_is_not_told_twice(house):
    house.model("open-model", parameters=20 * BILLION)
    assert house.lock("probe").entry("real-time", serving={"instance": "auto"}).found("MY051") == []
