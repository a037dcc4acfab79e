from __future__ import annotations


def test_a_prefix_and_a_name_must_not_spell_another_environments_endpoint(house):
    house.environment("here", name_prefix="blue").environment("there", name_prefix="blue-chat")
    house.entry("real-time", "chat-small").entry("real-time", "small")
    [said] = house.found("MY011")
    assert said.startswith("the endpoint's name blue-chat-small is also the name of small in environment there")


def test_other_accounts_and_regions_have_names_of_their_own(house):
    house.environment("here", name_prefix="blue").environment("there", name_prefix="blue-chat", region="us-west-2")
    assert house.entry("real-time", "chat-small").entry("real-time", "small").found("MY011") == []
