from __future__ import annotations

import pytest


def test_an_environment_and_an_entry_must_not_spell_another_environments_stack(house):
    house.environment("here", name_prefix="x").environment("here-b")
    house.entry("real-time", "chat").entry("real-time", "b-chat")
    said = house.found("MY081")
    assert [one.split(" ")[1] for one in said] == ["stack", "dashboard"] or len(said) == 2
    [stack] = [one for one in said if one.startswith("the stack")]
    assert stack.startswith(
        "the stack modelyard-here-b-chat of entry b-chat is also the one of entry chat in environment here-b"
    )


def test_the_environment_with_the_longer_name_is_told_as_well(house):
    house.environment("here", name_prefix="x").environment("he", name_prefix="other")
    house.entry("real-time", "chat").entry("real-time", "re-chat")
    assert house.found("MY081") == []
    house.environment("here-b").entry("real-time", "b-chat")
    assert any("in environment here-b" in one for one in house.found("MY081"))


def test_a_prefix_must_not_spell_another_environments_buckets(house):
    house.environment("here", name_prefix="eu").environment("eu-here")
    [said] = house.entry("real-time").found("MY081")
    assert said.startswith(
        "the bucket modelyard-eu-here-artifacts-111122223333-us-east-1 for artifacts is also the one for artifacts in "
        "environment eu-here"
    )


@pytest.mark.parametrize("entry", ["b-foundation", "b-finance", "b-fleet"])
def test_an_entry_must_not_spell_what_another_environment_shares(house, entry):
    house.environment("here", name_prefix="x").environment("here-b")
    said = house.entry("real-time", entry).found("MY081")
    assert any(f"entry {entry} is also the one of its {entry[2:]} in environment here-b" in one for one in said)


def test_shared_names_with_prefixes_that_meet_in_the_middle_are_found(house):
    house.environment("here", name_prefix="a-b").environment("b-here", name_prefix="a")
    assert any(one.startswith("the bucket modelyard-a-b-here") for one in house.entry("real-time").found("MY081"))


def test_other_accounts_and_regions_have_names_of_their_own(house):
    house.environment("here", name_prefix="x").environment("here-b", region="us-west-2")
    house.environment("eu-here", account="999999999999")
    assert house.entry("real-time", "chat").entry("real-time", "b-chat").found("MY081") == []


def test_a_bucket_of_the_companys_own_has_its_name_once_in_all_of_aws(house):
    house.environment("here", bucket_names={"artifacts": "acme-weights"})
    house.environment("there", account="444455556666", bucket_names={"capture": "acme-weights"})
    [said] = house.entry("real-time").found("MY081")
    assert "the bucket acme-weights is also one of environment there" in said
