"""What changed in the catalog, key by key: from what to what, and in which line of which file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from modelyard.catalog.document import Document, Key, read_document
from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.instance_lock import FILE_NAME
from modelyard.catalog.merge import Layer, Origin
from modelyard.catalog.problem import Position, shown_path
from modelyard.catalog.suggestion import shown

# Whose file says it: the entry with its environment's layers, one of its models, its team, the environment itself, the
# table of the images that engines publish.
Scope = Literal["entry", "model", "team", "environment", "images"]
_Flat = dict[tuple[Key, ...], object]
_LONGEST_VALUE = 100
_LOCKED = ("serving.instance", "serving.tensor_parallel_degree", "serving.volume_gib")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One key that differs; None where the catalog does not say it on that side. `place` is `file:line:column`."""

    scope: Scope
    key: str
    before: str | None
    after: str | None
    place: str

    def __str__(self) -> str:
        return f"{self.key}: {_or_unset(self.before)} -> {_or_unset(self.after)}"


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two catalogs; `show` turns a path of its files into what a person finds."""

    catalog: Catalog | None
    folder: Path
    show: Callable[[str], str]

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The environment's entries; none where the environment does not exist on this side."""
        return self.catalog.entries if self.catalog else {}

    def place(self, position: Position) -> str:
        """A place in one of its files."""
        return f"{self.show(position.path)}:{position.line}:{position.column}"


def entry_changes(name: str, before: Side, after: Side) -> tuple[Change, ...]:
    """What differs for an entry that both sides have."""
    old, new = before.entries[name], after.entries[name]
    found: list[Change] = []
    if old.endpoint != new.endpoint:
        sides = (old.endpoint, old.origin, before), (new.endpoint, new.origin, after)
        found += (_locked(change, new, after) for change in _differences("entry", *sides))
    both = ((old, before), (new, after))
    if old.endpoint.team == new.endpoint.team and old.team != new.team:
        path = ("teams", new.endpoint.team)
        teams = [(one.team, _origin(side, "organisation.yaml", path), side) for one, side in both]
        found += _differences("team", teams[0], teams[1], under=path)
    for model in sorted(old.models.keys() & new.models.keys()):
        if old.models[model] != new.models[model]:
            models = [(one.models[model], _origin(side, f"models/{model}.yaml"), side) for one, side in both]
            found += _differences("model", models[0], models[1], under=("models", model))
    return tuple(found)


def environment_changes(before: Side, after: Side) -> tuple[Change, ...]:
    """What differs in the environment's own file and reaches everything in it."""
    if before.catalog is None or after.catalog is None:
        return ()
    old, new = before.catalog, after.catalog
    sides = (old.environment, old.environment_origin, before), (new.environment, new.environment_origin, after)
    # Defaults and overrides are told where they arrive: with the entries.
    return tuple(
        change
        for change in _differences("environment", *sides)
        if not change.key.startswith(("defaults", "overrides"))
    )  # fmt: skip


def _differences(
    scope: Scope,
    before: tuple[BaseModel, Origin, Side],
    after: tuple[BaseModel, Origin, Side],
    *,
    under: tuple[Key, ...] = (),
) -> Iterator[Change]:
    old, new = _flat(before[0]), _flat(after[0])
    for path in dict.fromkeys((*new, *old)):
        was, becomes = old.get(path), new.get(path)
        key = ".".join(str(part) for part in (*under, *path))
        if was == becomes or (was is None and not _says(after[1], path) and key not in _LOCKED):
            # Equal, or a default that came with its table: nobody wrote it.
            continue
        # A key that went away is found where it stood.
        _, origin, side = after if becomes is not None or not _says(before[1], path) else before
        yield Change(
            scope=scope,
            key=key,
            before=_text(was),
            after=_text(becomes),
            place=side.place(origin.position(path, key=True)),
        )


def _locked(change: Change, entry: Entry, side: Side) -> Change:
    """A change that `modelyard lock` made stands in the lock, not in the entry that says auto."""
    if entry.locked is None or change.key not in _LOCKED or change.after is None:
        return change
    return replace(change, place=f"{side.show(shown_path(side.folder / FILE_NAME))}:1:1")


def _says(origin: Origin, path: tuple[Key, ...]) -> bool:
    return any(layer.document.has(layer.root + path) for layer in origin.layers)


def _flat(table: BaseModel) -> _Flat:
    return dict(_leaves(table.model_dump(by_alias=True), ()))


def _leaves(value: object, path: tuple[Key, ...]) -> Iterator[tuple[tuple[Key, ...], object]]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _leaves(below, (*path, key))
    elif value not in (None, ()):
        yield path, value


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, tuple):
        return f"[{', '.join(_text(one) or '' for one in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_text(below)}' for key, below in value.items())}}}"
    return shown(value, at_most=_LONGEST_VALUE)


def _or_unset(text: str | None) -> str:
    return "unset" if text is None else text


def _origin(side: Side, file: str, root: tuple[Key, ...] = ()) -> Origin:
    document = _document(side.folder / file)
    return Origin((Layer(document, root),))


@cache
def _document(path: Path) -> Document:
    # The loader has read it without a complaint a moment ago.
    return read_document(path, []) or Document(path.as_posix(), {}, None)
