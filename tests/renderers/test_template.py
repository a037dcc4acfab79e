"""The template's text is what json.dumps writes of its values, whatever a construct describes."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from modelyard.blueprint.asset import AssetText, FileAsset
from modelyard.blueprint.resource import Resource
from modelyard.blueprint.stack import StackBlueprint
from modelyard.renderers.template import template, template_text


class Mode(StrEnum):
    """A text that is no plain str."""

    STREAM = "stream"


ASSET = FileAsset(name="function", digest="0a1b", build=Path)
VALUES: dict[str, Any] = {
    "texts": ["", "plain", 'a "quote", a \\ and a\nbreak', "größer 日本", Mode.STREAM],
    "numbers": [0, -3, 2.0, 0.25, 1e300, float("inf"), True, False],
    "nothing in it": [{}, [], (), MappingProxyType({})],
    "nothing left of it": [{"gone": None}, [None], (None, None)],
    "left out": {"first": None, "second": {"inner": None, "kept": "yes"}, "third": [None, "kept", None]},
    "other tables and lists": MappingProxyType({"tuple": ("a", ("b", 1.0)), "table": MappingProxyType({"a": 1})}),
    "an asset's place": {"Bucket": AssetText(ASSET, "{bucket}"), "Url": AssetText(ASSET, "s3://{bucket}/{key}")},
}


def described(properties: dict[str, Any]) -> StackBlueprint:
    """A stack with one resource of these properties."""
    stack = StackBlueprint("chat", name="chat", account="111122223333", region="us-east-1", description="one", tags={})
    first = Resource(stack, "First", type="AWS::SNS::Topic", properties={})
    second = Resource(stack, "Second", type="AWS::SNS::Topic", properties=properties)
    second.depend_on(first)
    second.retain()
    stack.output("Topic", second.reference)
    return stack


@pytest.mark.parametrize("key", VALUES)
def test_the_text_is_what_json_dumps_writes(key: str) -> None:
    stack = described({key: VALUES[key]})
    assert template_text(stack) == json.dumps(template(stack), indent=1, ensure_ascii=False)


def test_a_template_has_no_empty_places_and_whole_numbers_without_a_point() -> None:
    properties = template(described(VALUES))["Resources"]["Second"]["Properties"]
    assert properties["left out"] == {"second": {"kept": "yes"}, "third": ["kept"]}
    assert properties["nothing left of it"] == [{}, [], []]
    assert [type(one) for one in properties["numbers"][2:4]] == [int, float]
    assert properties["an asset's place"]["Url"] == "s3://cdk-hnb659fds-assets-111122223333-us-east-1/0a1b.zip"


def test_rendering_changes_nothing_of_what_was_described() -> None:
    stack = described({"kept": {"first": None}})
    before = template_text(stack)
    template(stack)["Resources"]["Second"]["Properties"]["kept"]["first"] = "of the template alone"
    assert template_text(stack) == before
