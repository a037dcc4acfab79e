"""How the layers of an entry become one: tables merge key by key, scalars and lists replace, `null` unsets.

This is the only merge rule of the catalog. Layers, later ones win: the environment's `defaults: every`, its defaults
for the entry's kind, the entry's own file, the environment's `overrides` for the entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelyard.catalog.document import Document, Key
from modelyard.catalog.problem import Position


def merge(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """`above` laid over `below`; neither is changed."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(under, value)
        else:
            merged[key] = value
    return merged


@dataclass(frozen=True)
class Layer:
    """A table of a file that takes part in a merge: the document, and where in it the table stands."""

    document: Document
    root: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Origin:
    """Where the values of a merged table come from: `layers` in the order they were merged."""

    layers: tuple[Layer, ...]

    def position(self, location: Sequence[Key], *, key: bool = False) -> Position:
        """The file and place that decided the value at `location` (of its key, where `key` is true).

        A place that no file mentions is given as its nearest enclosing table, in the entry's own file if it is there.
        """
        for length in range(len(location), 0, -1):
            part = tuple(location[:length])
            layers = reversed(self.layers) if length == len(location) else self._own_first()
            for layer in layers:
                if layer.document.has(layer.root + part):
                    return layer.document.position(layer.root + part, key=key or length < len(location))
        own = self._own_first()[0]
        return own.document.position(own.root)

    def _own_first(self) -> list[Layer]:
        return sorted(reversed(self.layers), key=lambda layer: len(layer.root))
