"""Which table of the types stands at a place of a file: for the keys it knows and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from pydantic import BaseModel

from modelyard.catalog.document import Key


def table_at(model: type[BaseModel], location: Sequence[Key]) -> type[BaseModel] | None:
    """The type of the table at a location below `model`; None where no single table stands there."""
    tables = [model]
    for part in location:
        fields = [table.model_fields[str(part)].annotation for table in tables if str(part) in table.model_fields]
        if not fields:
            # An element of a list, or one of a table of tables: what the annotation above named still holds.
            continue
        tables = [found for annotation in fields for found in _tables_in(annotation)]
    return tables[0] if tables else None


def _tables_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [table for argument in get_args(annotation) for table in _tables_in(argument)]
