from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from modelyard.catalog.document import read_document
from modelyard.catalog.json_schema import editor_schemas

COMMITTED = Path(__file__).parents[2] / "catalog" / "schema"
FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"
SHELVES = {"endpoints": "endpoint", "models": "model", "environments": "environment", "four-kinds": "organisation"}


def complaints(name, values):
    schema = json.loads(editor_schemas()[f"{name}.schema.json"])
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(json.loads(json.dumps(values)))]


@pytest.mark.parametrize("name", editor_schemas())
def test_the_committed_schema_is_what_the_types_say(name):
    assert (COMMITTED / name).read_text("utf-8") == editor_schemas()[name]


@pytest.mark.parametrize("path", sorted(FOUR_KINDS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_an_editor_finds_nothing_wrong_in_a_right_file(path):
    document = read_document(path, [])
    assert document is not None
    assert complaints(SHELVES[path.parent.name], document.values) == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("endpoint", {"kind": "real-time", "serving": {"engin": "vllm"}}),
        ("endpoint", {"kind": "serverless", "serving": {"instance": "ml.g5.2xlarge"}}),
        ("endpoint", {"kind": "async", "scaling": {"instances": {"max": 0}}}),
        ("endpoint", {"team": "alpha"}),
        ("model", {"family": "x"}),
        ("environment", {"account": 1, "region": "us-east-1"}),
        ("environment", {"account": "0" * 12, "region": "us-east-1", "defaults": {"async": {"log_keep_days": 8}}}),
        ("environment", {"account": "0" * 12, "region": "us-east-1", "overrides": {"chat": {"teem": "x"}}}),
        ("endpoint", {"kind": "async", "serving": {"environment": {"bad-key": "x"}}}),
        ("organisation", {"teams": {"alpha": {}}}),
        ("organisation", {"teams": {"Al Pha": {"cost_center": "1", "owner": "x"}}}),
    ],
)
def test_an_editor_underlines_a_mistake(name, values):
    assert complaints(name, values)


def test_what_the_environments_defaults_may_supply_is_not_asked_of_an_entry():
    assert complaints("endpoint", {"kind": "real-time", "serving": {"max_concurrency": 4}}) == []
