from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from modelyard.catalog import schema
from modelyard.catalog.forms import PATTERNS
from modelyard.catalog.schema import EnvironmentFile, Model, MultiModelEndpoint, Organisation, RealTimeEndpoint

ROOTS = (*schema.KINDS.values(), Model, EnvironmentFile, Organisation)


def tables(annotation: Any, found: set[type[BaseModel]]) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in found:
        found.add(annotation)
        for field in annotation.model_fields.values():
            tables(field.annotation, found)
    for argument in get_args(annotation):
        tables(argument, found)
    return found


EVERY_TABLE = sorted({table for root in ROOTS for table in tables(root, set())}, key=lambda table: table.__name__)


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: table.__name__)
def test_every_table_refuses_unknown_keys_and_never_changes_a_type(table):
    assert table.model_config["extra"] == "forbid"
    assert table.model_config["strict"] is True
    assert table.model_config["frozen"] is True


def test_every_pattern_of_the_types_is_explained_in_words():
    def patterns(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "pattern" and isinstance(value, str):
                    yield value
                yield from patterns(value)
        elif isinstance(node, list):
            for element in node:
                yield from patterns(element)

    used = {pattern for root in ROOTS for pattern in patterns(root.model_json_schema())}
    assert used
    assert used <= PATTERNS.keys()


def test_a_typed_object_cannot_be_changed():
    limits = schema.InstanceRange.model_validate({"min": 1, "max": 2})
    with pytest.raises(ValidationError):
        limits.min = 0  # type: ignore[misc]


def test_a_kind_of_endpoint_is_chosen_by_its_name():
    assert schema.KINDS["real-time"] is RealTimeEndpoint
    assert schema.KINDS["multi-model"] is MultiModelEndpoint
    assert all(get_args(model.model_fields["kind"].annotation) == (kind,) for kind, model in schema.KINDS.items())


@pytest.mark.parametrize("reason", ["", " ", "\t\n"])
def test_a_waiver_without_a_word_of_reason_is_none(reason):
    with pytest.raises(ValidationError, match="reason"):
        schema.Waiver.model_validate({"rule": "MY033", "reason": reason, "until": "2026-12-31"})
