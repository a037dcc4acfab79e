from __future__ import annotations


def test_a_volume_is_refused_where_the_instance_has_its_own_disk(house):
    [said] = house.entry("real-time", serving={"volume_gib": 100}).found("MY016")
    assert said.startswith("volume_gib is 100, but ml.g5.2xlarge has its own disk of 450 GB")


def test_one_type_of_a_list_with_its_own_disk_is_enough(house):
    house.entry("real-time", serving={"instance": ["ml.p3.2xlarge", "ml.g5.2xlarge"], "volume_gib": 100})
    assert len(house.found("MY016")) == 1


def test_a_volume_passes_where_the_instance_has_no_disk(house):
    house.entry("real-time", serving={"engine": "neuron", "instance": "ml.inf2.8xlarge", "volume_gib": 100})
    assert house.found("MY016") == []


def test_no_volume_passes_everywhere(house):
    assert house.entry("real-time").found("MY016") == []
