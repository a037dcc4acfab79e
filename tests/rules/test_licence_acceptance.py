from __future__ import annotations

LICENCE = {"name": "llama3.1", "acceptance": "explicit", "version": "llama3.1"}


def accepted(version):
    return {"by": "crew", "on": "2026-11-02", "version": version}


def test_a_licence_that_asks_for_acceptance_must_be_accepted(house):
    [said] = house.model("open-model", licence=LICENCE).entry("real-time").found("MY038")
    assert said.startswith("model open-model is under llama3.1 (")
    assert "version: llama3.1}" in said


def test_another_version_is_not_the_one_that_was_accepted(house):
    house.model("open-model", licence=LICENCE).entry("real-time", licence_accepted=accepted("llama3"))
    [said] = house.found("MY038")
    assert said.startswith("licence_accepted.version is llama3, but open-model is under llama3.1")


def test_every_model_of_a_shelf_is_looked_at(house):
    house.model("gated", licence=LICENCE).entry("multi-model", models=["open-model", "gated"])
    assert len(house.found("MY038")) == 1


def test_the_accepted_version_passes(house):
    house.model("open-model", licence=LICENCE).entry("real-time", licence_accepted=accepted("llama3.1"))
    assert house.found("MY038") == []


def test_an_open_licence_needs_nothing(house):
    assert house.entry("real-time").found("MY038") == []
