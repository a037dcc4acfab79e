"""JSON filter patterns select by the properties of a log event, as CloudWatch Logs documents them."""

import json

import pytest

from localaws.log_subscriptions.filter_pattern import JsonPattern, PatternNotKnown

EVENT = json.dumps({"record": "modelyard.request/1", "status": 503, "who": {"team": "support"}, "tags": ["a", "b"]})


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.record = "modelyard.request/1" }',
        '{ $.record = "modelyard.*" }',
        "{$.status>=500}",
        "{ $.status = 503 && $.who.team = support }",
        '{ $.status = 1 || $.tags[1] = "b" }',
        '{ $.who.team != "sales" }',
    ],
)
def test_an_event_with_the_property_is_selected(pattern: str) -> None:
    assert JsonPattern.parse(pattern).matches(EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.record = "modelyard.request/2" }',
        '{ $.record = "MODELYARD.request/1" }',
        "{ $.status < 500 }",
        '{ $.status = "503" }',
        "{ $.missing != 1 }",
        '{ $.tags[7] = "b" }',
        '{ $.status = 503 && $.who.team = "sales" }',
    ],
)
def test_an_event_without_it_is_not(pattern: str) -> None:
    assert not JsonPattern.parse(pattern).matches(EVENT)


@pytest.mark.parametrize("message", ["plain words", "", "[1]", '"modelyard.request/1"', "{"])
def test_what_is_no_json_object_is_never_selected(message: str) -> None:
    assert not JsonPattern.parse('{ $.record = "modelyard.request/1" }').matches(message)


@pytest.mark.parametrize("pattern", ["{}", "{ $.a IS NULL }", "{ record = 1 }", "{ ($.a = 1) }", '{ $.a > "b" }'])
def test_a_pattern_that_is_not_known_is_refused_instead_of_ignored(pattern: str) -> None:
    with pytest.raises(PatternNotKnown):
        JsonPattern.parse(pattern)
