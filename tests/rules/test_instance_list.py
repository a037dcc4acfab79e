from __future__ import annotations

FIVE = ["ml.g5.xlarge", "ml.g5.2xlarge", "ml.g5.4xlarge", "ml.g5.8xlarge", "ml.g5.16xlarge"]


def test_six_types_are_one_too_many(house):
    [said] = house.entry("real-time", serving={"instance": [*FIVE, "ml.g6.xlarge"]}).found("MY015")
    assert said.startswith("instance lists 6 types, at most 5 are allowed")


def test_a_repeated_type_is_refused(house):
    [said] = house.entry("real-time", serving={"instance": ["ml.g5.xlarge", "ml.g5.xlarge"]}).found("MY015")
    assert said == "instance ml.g5.xlarge stands twice in the list: remove one of them"


def test_one_image_does_not_run_on_two_kinds_of_processor(house):
    [said] = house.entry("real-time", serving={"instance": ["ml.g5.xlarge", "ml.inf2.xlarge"]}).found("MY015")
    assert "ml.inf2.xlarge (neuron, x86_64) cannot run the image of ml.g5.xlarge (gpu, x86_64)" in said


def test_five_types_of_one_kind_pass(house):
    assert house.entry("async", serving={"instance": FIVE}).found("MY015") == []
