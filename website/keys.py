"""Every key of the catalog's files, read from the types that the loader reads the files with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from modelyard.catalog.json_schema import editor_schemas
from modelyard.catalog.schema import KINDS, EnvironmentFile, Model, Organisation
from modelyard.pricing.usage import UsageFile
from website.schema_words import allowed_of, described, one_of, type_of

Schema = dict[str, Any]
EVERY_KIND = ""
# A file of the catalog by the name of its pages, with the types of its tables by kind.
FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "endpoint": ("catalog/endpoints/<name>.yaml", dict(KINDS)),
    "model": ("catalog/models/<name>.yaml", {EVERY_KIND: Model}),
    "environment": ("catalog/environments/<name>.yaml", {EVERY_KIND: EnvironmentFile}),
    "organisation": ("catalog/organisation.yaml", {EVERY_KIND: Organisation}),
    "usage": ("catalog/usage.yaml", {EVERY_KIND: UsageFile}),
}


@dataclass(frozen=True)
class Form:
    """What one kind of table asks of a key."""

    type: str
    required: bool
    # What the environment's defaults may give: asked for once the layers are merged, and not of the file alone.
    shared: bool
    default: Any
    allowed: str
    description: str


@dataclass
class Key:
    """A key by its path, such as `serving.instance`, and what each kind asks of it."""

    path: str
    forms: dict[str, Form] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """Its page's name."""
        return self.path.replace("[]", "").replace("<", "").replace(">", "") + ".md"


@cache
def keys_of(file: str) -> tuple[Key, ...]:
    """All keys of a file, a table before what is in it."""
    found: dict[str, Key] = {}
    for kind, table in FILES[file][1].items():
        schema = TypeAdapter(table).json_schema()
        alone = _required_alone(table.__name__) if file == "endpoint" else None
        for path, form in _keys(schema, schema.get("$defs", {}), ""):
            if alone is not None and form.required and path not in alone:
                form = replace(form, shared=True)
            key = found.setdefault(path, Key(path))
            # Two alternatives of one table may have a key of the same name: what the first says is told.
            key.forms.setdefault(kind, form)
    return tuple(found.values())


@cache
def _required_alone(table: str) -> frozenset[str]:
    """The keys that an entry's own file must have, whatever its environment gives."""
    known = json.loads(editor_schemas()["endpoint.schema.json"])["$defs"]
    return frozenset(path for path, form in _keys(known[table], known, "") if form.required)


def _keys(table: Schema, known: Schema, prefix: str) -> Iterator[tuple[str, Form]]:
    for name, node in table.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield path, _form(node, known, required=name in table.get("required", ()))
        yield from _below(node, known, path)


def _form(node: Schema, known: Schema, *, required: bool) -> Form:
    return Form(
        type=type_of(node, known),
        required=required,
        shared=False,
        default=node.get("default"),
        allowed=allowed_of(node, known),
        description=described(node, known),
    )


def _below(node: Schema, known: Schema, path: str) -> Iterator[tuple[str, Form]]:
    for one in one_of(node, known):
        yield from _keys(one, known, f"{path}.")
        if "items" in one:
            yield from _below(one["items"], known, f"{path}[]")
        for value in one.get("patternProperties", {}).values():
            yield from _below(value, known, f"{path}.<name>")
