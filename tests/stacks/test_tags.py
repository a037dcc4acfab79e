"""The nine tags lie on everything that can carry tags; the resource types' own schemas say what can."""

from __future__ import annotations

from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

NINE = {
    "llm:endpoint",
    "llm:model",
    "llm:team",
    "llm:cost-center",
    "llm:environment",
    "llm:owner",
    "llm:component",
    "llm:kind",
    "llm:managed-by",
}


def tags_of(resource: dict[str, Any]) -> dict[str, str] | None:
    """A resource's tags; None where its type can carry none."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource["Type"]).schema
    tagging = schema["tagging"]
    if not tagging["taggable"]:
        return None
    tags = resource["Properties"].get(tagging["tagProperty"].removeprefix("/properties/"), {})
    return tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}


def test_every_taggable_resource_carries_the_nine_tags(local: Any) -> None:
    tagged = [(stack, key, tags_of(resource)) for stack, key, resource in local.resources()]
    carried = [(f"{stack}/{key}", tags) for stack, key, tags in tagged if tags is not None]
    assert len(carried) > 50
    for where, tags in carried:
        assert set(tags) == NINE, where
        assert all(tags.values()), where


def test_a_resource_says_whose_it_is(local: Any) -> None:
    assert tags_of(local["chat"]["Resources"]["Endpoint"]) == {
        "llm:endpoint": "chat",
        "llm:model": "tiny-chat",
        "llm:team": "alpha",
        "llm:cost-center": "CC-1",
        "llm:environment": "local",
        "llm:owner": "chat-crew",
        "llm:component": "endpoint",
        "llm:kind": "real-time",
        "llm:managed-by": "modelyard",
    }


def test_an_entry_without_an_owner_is_its_teams_and_several_models_are_named_together(local: Any) -> None:
    tags = tags_of(local["shelf"]["Resources"]["Model"])
    assert tags is not None
    assert tags["llm:owner"] == "beta-ml"
    assert tags["llm:model"] == "tiny-open+tiny-embedding"


def test_what_all_entries_share_belongs_to_no_one_of_them(local: Any) -> None:
    for key, resource in local["foundation"]["Resources"].items():
        tags = tags_of(resource)
        if tags is not None:
            assert {tags[name] for name in ("llm:endpoint", "llm:model", "llm:team", "llm:kind")} == {"shared"}, key


def test_a_company_bills_by_its_own_keys(guarded: Any) -> None:
    for stack, key, resource in guarded.resources():
        tags = tags_of(resource)
        if tags is not None:
            assert set(tags) == NINE - {"llm:team"} | {"CostTeam"}, f"{stack}/{key}"


@pytest.mark.parametrize("stack", ["foundation", "chat", "summaries"])
def test_the_stack_itself_is_tagged_so_that_it_can_be_found_when_its_entry_is_gone(local: Any, stack: str) -> None:
    artifact = local.manifest()["artifacts"][stack]["properties"]
    assert artifact["tags"]["llm:managed-by"] == "modelyard"
    assert set(artifact["tags"]) == NINE
