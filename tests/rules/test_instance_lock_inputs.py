from __future__ import annotations

from modelyard.capacity.lock_inputs import lock_inputs

AUTO = {"instance": "auto"}
CHOSEN = "ml.g5.2xlarge"


def locked_for(house, **serving):
    """The digest of what the entry says now."""
    house.lock("probe").entry("real-time", serving={**AUTO, **serving})
    return lock_inputs(house.catalog().entries["probe"], region="us-east-1", locked=(CHOSEN,))


def test_what_was_chosen_for_this_very_entry_passes(house):
    house.lock("probe", inputs=locked_for(house))
    assert house.found("MY056") == []


def test_a_changed_concurrency_is_told(house):
    house.lock("probe", inputs=locked_for(house, max_concurrency=4))
    [said] = house.entry("real-time", serving={**AUTO, "max_concurrency": 8}).found("MY056")
    assert "locked to ml.g5.2xlarge for a smaller model, and that has changed" in said


def test_a_changed_model_is_told(house):
    house.lock("probe", inputs=locked_for(house))
    assert len(house.model("open-model", parameters=2000).found("MY056")) == 1


def test_another_source_of_the_same_numbers_is_no_change(house):
    house.lock("probe", inputs=locked_for(house))
    house.model("open-model", weights={"s3": "s3://other/place/"}, facts={"checked_on": "2026-11-09"})
    assert house.found("MY056") == []


def test_what_the_lock_itself_decided_is_no_change(house):
    inputs = locked_for(house)
    house.lock("probe", inputs=inputs, instance=[CHOSEN], tensor_parallel_degree=1)
    assert house.found("MY056") == []
