"""The layers of an entry in one environment, from the environment's file and the entry's own."""

from __future__ import annotations

from modelyard.catalog.document import Document, Table
from modelyard.catalog.merge import Layer, Origin, merge

EVERY = "every"


def layer_tables(environment_file: Document | None, key: str) -> dict[str, Table]:
    """The tables below `defaults` or `overrides`; what has another shape is the environment's type to refuse."""
    below = environment_file.values.get(key) if environment_file else None
    if not isinstance(below, dict):
        return {}
    return {name: table for name, table in below.items() if isinstance(table, dict)}


def merged_entry(name: str, kind: str, own: Document, environment_file: Document | None) -> tuple[Table, Origin]:
    """An entry's values with the environment's layers around them, and where each came from."""
    defaults, overrides = layer_tables(environment_file, "defaults"), layer_tables(environment_file, "overrides")
    values: Table = {}
    layers = []
    if environment_file is not None:
        for shelf in (EVERY, kind):
            if shelf in defaults:
                values = merge(values, defaults[shelf])
                layers.append(Layer(environment_file, ("defaults", shelf)))
    values = merge(values, own.values)
    layers.append(Layer(own))
    if environment_file is not None and name in overrides:
        values = merge(values, overrides[name])
        layers.append(Layer(environment_file, ("overrides", name)))
    return values, Origin(tuple(layers))
