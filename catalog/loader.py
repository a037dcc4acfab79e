"""Reads a catalog folder for one environment: every file, strictly; either all is right or every problem is told.

    catalog = load(Path("catalog"), "prod")

Layout: `endpoints/<entry>.yaml`, `models/<model>.yaml`, `environments/<environment>.yaml`, `organisation.yaml`. A file
is named like what it describes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar, cast

from pydantic import BaseModel, ValidationError

from catalog.document import Document, Table, read_document
from catalog.entry import AnyEndpoint, Catalog, Entry
from catalog.forms import MODEL_NAME_PATTERN, NAME_PATTERN, PATTERNS
from catalog.merge import Layer, Origin, merge
from catalog.problem import (
    MISPLACED_FILE,
    MISSING_KEY,
    UNKNOWN_NAME,
    UNREADABLE,
    WRONG_VALUE,
    CatalogErrors,
    Position,
    Problem,
    shown_path,
)
from catalog.schema import (
    KINDS,
    EnvironmentFile,
    Model,
    Organisation,
    Team,
)
from catalog.sentences import say_all
from catalog.suggestion import did_you_mean, one_of, shown

_T = TypeVar("_T", bound=BaseModel)
# What a file of each shelf may be called, as a pattern and in words.
_FILE_NAMES = {
    "endpoints": NAME_PATTERN,
    "models": MODEL_NAME_PATTERN,
    "environments": NAME_PATTERN,
}


def load(folder: Path, environment: str) -> Catalog:
    """Everything one environment deploys.

    Raises:
        CatalogErrors: with every problem of every file.
    """
    return _Loading(folder, environment).catalog()


class _Loading:
    def __init__(self, folder: Path, environment: str) -> None:
        self._folder = folder
        self._name = environment
        self._problems: list[Problem] = []

    def catalog(self) -> Catalog:
        if not self._folder.is_dir():
            self._report(
                self._folder, UNREADABLE, "there is no catalog folder here: check the path of `-c catalog=PATH`"
            )
            raise CatalogErrors(self._problems)
        environments = self._environments()
        if self._name not in environments:
            raise CatalogErrors(self._problems)
        organisation_file = read_document(self._folder / "organisation.yaml", self._problems)
        organisation = self._typed(Organisation, organisation_file) if organisation_file else None
        models = {
            name: self._typed(Model, document) if document else None
            for name, document in self._documents("models").items()
        }
        document, here = environments[self._name]
        endpoints = self._documents("endpoints")
        if document is not None:
            self._check_layers(document, endpoints)
        entries = {
            name: entry
            for name, own in endpoints.items()
            if own is not None and (entry := self._entry(name, own, document, here, organisation, models)) is not None
        }
        if not endpoints and not self._problems:
            self._report(
                self._folder / "endpoints", UNKNOWN_NAME, "the catalog holds no entry: add endpoints/<name>.yaml"
            )
        if self._problems or here is None or document is None or organisation is None:
            raise CatalogErrors(self._problems)
        return Catalog(
            environment_name=self._name,
            environment=here,
            organisation=organisation,
            entries=entries,
            environments={name: typed for name, (_, typed) in environments.items() if typed is not None},
            environment_origin=Origin((Layer(document),)),
        )

    def _environments(self) -> dict[str, tuple[Document | None, EnvironmentFile | None]]:
        documents = self._documents("environments")
        if self._name not in documents:
            self._report(
                self._folder / "environments" / f"{shown(self._name)}.yaml",
                UNKNOWN_NAME,
                f"there is no environment {shown(self._name)}{did_you_mean(self._name, documents)}; "
                f"those that exist: {one_of(sorted(documents))}",
            )
        return {
            name: (document, self._typed(EnvironmentFile, document) if document else None)
            for name, document in documents.items()
        }

    def _documents(self, shelf: str) -> dict[str, Document | None]:
        folder = self._folder / shelf
        documents: dict[str, Document | None] = {}
        try:
            paths = sorted(folder.iterdir(), key=lambda path: path.stem)
        except OSError:
            self._report(folder, UNREADABLE, f"the catalog has no readable folder {shelf}/: create it")
            return documents
        for path in paths:
            if path.name.startswith("."):
                continue
            if path.suffix != ".yaml" or not path.is_file():
                self._report(path, MISPLACED_FILE, f"only <name>.yaml files belong into {shelf}/: rename or move it")
                continue
            if not re.fullmatch(_FILE_NAMES[shelf], path.stem):
                form = PATTERNS[_FILE_NAMES[shelf]]
                self._report(path, MISPLACED_FILE, f"the file's name names what it describes, so it takes {form}")
                continue
            documents[path.stem] = read_document(path, self._problems)
        return documents

    def _typed(self, model: type[_T], document: Document) -> _T | None:
        return self._validated(model, document.values, Origin((Layer(document),)))

    def _validated(
        self, model: type[_T], values: Table, origin: Origin, *, kind: str | None = None, partial: bool = False
    ) -> _T | None:
        """The typed table; a partial one is only checked for what it does say."""
        try:
            return model.model_validate(values)
        except ValidationError as invalid:
            errors = invalid.errors(include_url=False)
            for said in say_all(errors, model=model, kind=kind):
                if not (partial and said.rule_id == MISSING_KEY):
                    position = origin.position(said.location, key=said.at_key)
                    self._problems.append(Problem.at(position, said.rule_id, said.message))
            return None

    def _check_layers(self, document: Document, endpoints: Mapping[str, Document | None]) -> None:
        """Defaults must be right even where no entry uses them yet, and overrides must name an entry."""
        for shelf, table in _tables(document, "defaults").items():
            origin = Origin((Layer(document, ("defaults", shelf)),))
            for kind in KINDS if shelf == "every" else (shelf,):
                if kind in KINDS:
                    self._validated(KINDS[kind], {**table, "kind": kind}, origin, kind=kind, partial=True)
        for name in _tables(document, "overrides"):
            if name not in endpoints:
                position = document.position(("overrides", name), key=True)
                message = (
                    f"overrides names {shown(name)}, which is no entry of endpoints/{did_you_mean(name, endpoints)}"
                )
                self._problems.append(Problem.at(position, UNKNOWN_NAME, message))

    def _entry(
        self,
        name: str,
        own: Document,
        environment_file: Document | None,
        environment: EnvironmentFile | None,
        organisation: Organisation | None,
        models: Mapping[str, Model | None],
    ) -> Entry | None:
        kind = own.values.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            self._report_kind(own, kind)
            return None
        values, origin = _merged(name, kind, own, environment_file)
        endpoint = cast("AnyEndpoint | None", self._validated(KINDS[kind], values, origin, kind=kind))
        if endpoint is None:
            return None
        served = self._models(endpoint, origin, models)
        team = self._team(endpoint, origin, organisation)
        if served is None or team is None or environment is None:
            return None
        prefix = environment.name_prefix
        return Entry(
            name=name,
            endpoint_name=f"{prefix}-{name}" if prefix else name,
            endpoint=endpoint,
            models=served,
            team=team,
            origin=origin,
        )

    def _team(self, endpoint: AnyEndpoint, origin: Origin, organisation: Organisation | None) -> Team | None:
        if organisation is None:
            return None
        team = organisation.teams.get(endpoint.team)
        if team is None:
            known = organisation.teams
            message = f"team {endpoint.team} is not in organisation.yaml{_known(endpoint.team, known)}"
            self._problems.append(Problem.at(origin.position(("team",)), UNKNOWN_NAME, message))
        return team

    def _models(
        self, endpoint: AnyEndpoint, origin: Origin, models: Mapping[str, Model | None]
    ) -> dict[str, Model] | None:
        places: dict[str, tuple[str | int, ...]]
        if endpoint.kind == "multi-model":
            places = {name: ("models", index) for index, name in enumerate(endpoint.models)}
        else:
            places = {endpoint.model: ("model",)}
        found: dict[str, Model] = {}
        for name, place in places.items():
            model = models.get(name)
            if model is not None:
                found[name] = model
            elif name not in models:
                message = f"model {name} is not in models/{_known(name, models)}"
                self._problems.append(Problem.at(origin.position(place), UNKNOWN_NAME, message))
        return found if len(found) == len(places) else None

    def _report_kind(self, own: Document, kind: object) -> None:
        allowed = one_of(KINDS)
        if kind is None:
            problem = Problem.at(own.position(("kind",)), MISSING_KEY, f"kind is missing: write kind: one of {allowed}")
        else:
            message = f"kind is {shown(kind)}, allowed are {allowed}{did_you_mean(str(kind), KINDS)}"
            problem = Problem.at(own.position(("kind",)), WRONG_VALUE, message)
        self._problems.append(problem)

    def _report(self, path: Path, rule_id: str, message: str) -> None:
        self._problems.append(Problem.at(Position(shown_path(path), 1, 1), rule_id, message))


def _known(name: str, known: Iterable[str]) -> str:
    """What a wrong name was probably meant to be; what there is, where nothing comes close."""
    return did_you_mean(name, known) or f", which knows {one_of(known)}"


def _tables(document: Document | None, key: str) -> dict[str, Table]:
    """The tables below a key of the environment's file; those of another shape are its type's to refuse."""
    below = document.values.get(key) if document else None
    if not isinstance(below, dict):
        return {}
    return {name: table for name, table in below.items() if isinstance(table, dict)}


def _merged(name: str, kind: str, own: Document, environment_file: Document | None) -> tuple[Table, Origin]:
    """The entry with the environment's layers around it."""
    if environment_file is None:
        return own.values, Origin((Layer(own),))
    defaults, overrides = _tables(environment_file, "defaults"), _tables(environment_file, "overrides")
    values: Table = {}
    layers = []
    for shelf in ("every", kind):
        if shelf in defaults:
            values = merge(values, defaults[shelf])
            layers.append(Layer(environment_file, ("defaults", shelf)))
    values = merge(values, own.values)
    layers.append(Layer(own))
    if name in overrides:
        values = merge(values, overrides[name])
        layers.append(Layer(environment_file, ("overrides", name)))
    return values, Origin(tuple(layers))
