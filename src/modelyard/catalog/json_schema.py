"""JSON Schemas for editors, generated from the types: completion and typing errors while a file is being written.

Everything an editor can know is in them. What the environment's defaults may supply is not required of an entry's file;
the loader knows better once the layers are merged.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from modelyard.catalog.schema import KINDS, Endpoint, EnvironmentFile, Model, Organisation

JsonSchema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Tables that an environment's defaults may complete; all others are written whole or not at all.
_COMPLETED_BY_DEFAULTS = ("Endpoint", "Serving", "Scaling", "InstanceRange")


def editor_schemas() -> dict[str, str]:
    """The text of each schema file, by its name."""
    schemas = {
        "endpoint": ("An endpoint: catalog/endpoints/<name>.yaml", _endpoint_schema()),
        "model": ("Facts about a model: catalog/models/<name>.yaml", TypeAdapter(Model).json_schema()),
        "environment": ("An account and region: catalog/environments/<name>.yaml", _environment_schema()),
        "organisation": ("The teams: catalog/organisation.yaml", TypeAdapter(Organisation).json_schema()),
    }
    return {f"{name}.schema.json": schema_text(title, schema) for name, (title, schema) in schemas.items()}


def schema_text(title: str, schema: JsonSchema) -> str:
    """The text of a schema file, whose tables take no keys but those that they state."""
    _close(schema)
    return json.dumps({"$schema": _DIALECT, **schema, "title": title}, indent=2, ensure_ascii=False) + "\n"


def _close(node: object) -> None:
    """Refuse the keys that a table's pattern does not match: pydantic states the pattern and leaves the table open."""
    if isinstance(node, dict):
        if "patternProperties" in node:
            node["additionalProperties"] = False
        for below in node.values():
            _close(below)
    elif isinstance(node, list):
        for below in node:
            _close(below)


def _endpoint_schema() -> JsonSchema:
    schema = TypeAdapter(Endpoint).json_schema()
    for name, table in schema["$defs"].items():
        if name.endswith(_COMPLETED_BY_DEFAULTS):
            _require(table, only="kind")
    return schema


def _environment_schema() -> JsonSchema:
    """The environment's own table, with the same endpoint tables in it, of which every key may be left out."""
    schema = TypeAdapter(EnvironmentFile).json_schema()
    partial = TypeAdapter(Endpoint).json_schema()["$defs"]
    for table in partial.values():
        _require(table, only=None)
    definitions = schema["$defs"]
    definitions.update({name: table for name, table in partial.items() if name not in definitions})
    by_kind = {kind: {"$ref": f"#/$defs/{model.__name__}"} for kind, model in KINDS.items()}
    of_any_kind: JsonSchema = {"anyOf": list(by_kind.values())}
    defaults = definitions["Defaults"]["properties"]
    for key in defaults:
        defaults[key] = by_kind.get(key, of_any_kind)
    overrides = schema["properties"]["overrides"]
    overrides["patternProperties"] = dict.fromkeys(overrides["patternProperties"], of_any_kind)
    return schema


def _require(table: JsonSchema, *, only: str | None) -> None:
    required = [key for key in table.pop("required", []) if key == only]
    if required:
        table["required"] = required
