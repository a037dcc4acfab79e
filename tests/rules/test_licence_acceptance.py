from __future__ import annotations

import pytest

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


@pytest.mark.parametrize("word", ["unknown", "Unknown", "TBD", "todo", "n/a", "?", " - ", "none", "other", "null"])
def test_what_names_no_version_cannot_be_accepted(house, word):
    licence = {"name": "own-licence", "acceptance": "explicit", "version": word}
    house.model("open-model", licence=licence).entry("real-time", licence_accepted=accepted(word))
    [said] = house.found("MY038")
    assert said.startswith(f'model open-model states "{word.strip()}" for its licence\'s version')
    assert "find out" in said and "models/open-model.yaml" in said


def test_a_licence_that_nobody_has_named_is_told_whether_or_not_it_asks_for_acceptance(house):
    for acceptance in ("explicit", "none"):
        licence = {"name": "unknown", "acceptance": acceptance, "version": None}
        house.model("open-model", licence=licence).entry("real-time", licence_accepted=accepted("unknown"))
        [said] = house.found("MY038")
        assert said.startswith('model open-model states "unknown" for its licence\'s name')


@pytest.mark.parametrize("nobody", ["WHO", "who", "todo", "unknown", "?", " ", "n/a"])
def test_nobody_cannot_have_accepted(house, nobody):
    house.model("open-model", licence=LICENCE)
    house.entry("real-time", licence_accepted={**accepted("llama3.1"), "by": nobody})
    [said] = house.found("MY038")
    assert said.startswith(f'licence_accepted.by is "{nobody.strip()}", which is nobody')


@pytest.mark.parametrize("name", ["apache-2.0", "none-commercial", "unknown-model-licence-2", "other-1.0"])
def test_a_name_that_only_holds_such_a_word_is_a_name(house, name):
    licence = {"name": name, "acceptance": "explicit", "version": name}
    house.model("open-model", licence=licence).entry("real-time", licence_accepted=accepted(name))
    assert house.found("MY038") == []
