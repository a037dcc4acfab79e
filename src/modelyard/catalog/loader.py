"""Reads a catalog folder for one environment: every file, strictly; either all is right or every problem is told.

    catalog = load(Path("catalog"), "prod")

Layout: `endpoints/<entry>.yaml`, `models/<model>.yaml`, `environments/<environment>.yaml`, `organisation.yaml`. A file
is named like what it describes.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from modelyard.catalog.account_quotas import read_account_quotas
from modelyard.catalog.document import Document, Table
from modelyard.catalog.entry import AnyEndpoint, Catalog, Entry
from modelyard.catalog.instance_lock import InstanceLock, read_instance_lock, undecided
from modelyard.catalog.layers import EVERY, layer_tables, merged_entry
from modelyard.catalog.merge import Layer, Origin
from modelyard.catalog.problem import (
    MISSING_KEY,
    NOT_LOCKED,
    UNKNOWN_NAME,
    UNREADABLE,
    WRONG_VALUE,
    CatalogErrors,
    Problem,
)
from modelyard.catalog.references import unknown_references
from modelyard.catalog.schema import KINDS, EnvironmentFile, Model, Organisation
from modelyard.catalog.sentences import sentences_of
from modelyard.catalog.shelf import FilesReadOnce, read_shelf
from modelyard.catalog.suggestion import did_you_mean, one_of, shown

_T = TypeVar("_T", bound=BaseModel)
# Names that nobody bears, in one file: whoever mends these is told the rest.
_MOST_TOLD = 100


def load(
    folder: Path, environment: str, *, allow_undecided: bool = False, files: FilesReadOnce | None = None
) -> Catalog:
    """Everything one environment deploys.

    An entry whose `instance: auto` nobody has locked is a problem, unless undecided entries are allowed: for whoever is
    about to choose. Whoever loads several environments gives the same `files` to each.

    Raises:
        CatalogErrors: with every problem of every file.
    """
    return _Loading(folder, environment, allow_undecided=allow_undecided, files=files or FilesReadOnce()).catalog()


class _Loading:
    """One run of the loader: what it has read so far, and the problems it has found."""

    def __init__(self, folder: Path, environment: str, *, allow_undecided: bool, files: FilesReadOnce) -> None:
        self._folder = folder
        self._files = files
        self._name = environment
        self._allow_undecided = allow_undecided
        self._problems: list[Problem] = []
        self._environments: dict[str, EnvironmentFile | None] = {}
        self._environment_files: dict[str, Document | None] = {}
        self._endpoint_files: dict[str, Document | None] = {}
        self._organisation: Organisation | None = None
        self._models: dict[str, Model | None] = {}
        self._lock: InstanceLock | None = None

    @property
    def _environment_file(self) -> Document | None:
        return self._environment_files.get(self._name)

    def catalog(self) -> Catalog:
        if not self._folder.is_dir():
            self._report(self._folder, UNREADABLE, "there is no catalog folder here: check its path")
            raise CatalogErrors(self._problems)
        self._read_environments()
        self._read_organisation_and_models()
        self._lock = read_instance_lock(self._folder, self._problems)
        entries = self._entries()
        environment = self._environments.get(self._name)
        if environment is None or self._organisation is None or self._environment_file is None:
            raise CatalogErrors(self._problems)
        quotas = read_account_quotas(
            self._folder, account=environment.account, region=environment.region, problems=self._problems
        )
        catalog = Catalog(
            environment_name=self._name,
            environment=environment,
            organisation=self._organisation,
            entries=entries,
            environments={name: typed for name, typed in self._environments.items() if typed is not None},
            environment_origin=Origin((Layer(self._environment_file),)),
            quotas=quotas,
            account_entries=self._account_entries(environment) if quotas else (),
        )
        if self._problems:
            raise CatalogErrors(self._problems, sound=catalog)
        return catalog

    def _read_environments(self) -> None:
        files = read_shelf(self._folder, "environments", self._problems, self._files)
        if self._name not in files:
            message = (
                f"there is no environment {shown(self._name)}{did_you_mean(self._name, files)}; "
                f"those that exist: {one_of(sorted(files))}"
            )
            self._report(self._folder / "environments" / f"{shown(self._name)}.yaml", UNKNOWN_NAME, message)
            # Without its layers, every entry would seem to lack what they supply.
            raise CatalogErrors(self._problems)
        self._environments = {name: self._typed(EnvironmentFile, file) for name, file in files.items()}
        self._environment_files = files

    def _read_organisation_and_models(self) -> None:
        file = self._files.document(self._folder / "organisation.yaml", self._problems)
        self._organisation = self._typed(Organisation, file)
        files = read_shelf(self._folder, "models", self._problems, self._files)
        self._models = {name: self._typed(Model, file) for name, file in files.items()}

    def _entries(self) -> dict[str, Entry]:
        # The last entry may go: what is left to deploy is the foundation, and git keeps no empty folder.
        empty = not (self._folder / "endpoints").exists()
        self._endpoint_files = {} if empty else read_shelf(self._folder, "endpoints", self._problems, self._files)
        self._check_layers(self._endpoint_files)
        return self._merged_entries()

    def _merged_entries(self) -> dict[str, Entry]:
        entries = {name: self._entry(name, file) for name, file in self._endpoint_files.items() if file is not None}
        return {name: entry for name, entry in entries.items() if entry is not None}

    def _account_entries(self, environment: EnvironmentFile) -> tuple[Entry, ...]:
        """What the other environments deploy to the same account and region, as far as it is right."""
        entries: list[Entry] = []
        for name, other in self._environments.items():
            if name == self._name or other is None:
                continue
            if (other.account, other.region) == (environment.account, environment.region):
                # The files are read; what is wrong in another environment is told when that one is loaded.
                loading = copy.copy(self)
                loading._name, loading._problems = name, []
                entries.extend(loading._merged_entries().values())
        return tuple(entries)

    def _check_layers(self, entries: Mapping[str, object]) -> None:
        """Defaults must be right even where no entry uses them yet, and overrides must name an entry."""
        file = self._environment_file
        if file is None:
            return
        for shelf, table in layer_tables(file, "defaults").items():
            origin = Origin((Layer(file, ("defaults", shelf)),))
            for kind in KINDS if shelf == EVERY else KINDS.keys() & {shelf}:
                self._validated(KINDS[kind], {**table, "kind": kind}, origin, kind=kind, partial=True)
        for name in sorted(layer_tables(file, "overrides").keys() - entries.keys())[:_MOST_TOLD]:
            message = f"overrides names {shown(name)}, which is no entry of endpoints/{did_you_mean(name, entries)}"
            self._problems.append(Problem.at(file.position(("overrides", name), key=True), UNKNOWN_NAME, message))

    def _entry(self, name: str, own: Document) -> Entry | None:
        kind = own.values.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            self._report_kind(own, kind)
            return None
        values, origin = merged_entry(name, kind, own, self._environment_file)
        # A layer that cannot be read may hold what this entry lacks.
        endpoint = self._validated(KINDS[kind], values, origin, kind=kind, partial=self._environment_file is None)
        teams = self._organisation.teams if self._organisation else None
        self._problems.extend(unknown_references(values, origin, teams=teams, models=self._models))
        return self._resolved(name, endpoint, origin) if endpoint is not None else None

    def _resolved(self, name: str, endpoint: AnyEndpoint, origin: Origin) -> Entry | None:
        """The entry with what it refers to; None where something of that is missing or wrong."""
        names = endpoint.models if endpoint.kind == "multi-model" else (endpoint.model,)
        models = {model: found for model in names if (found := self._models.get(model)) is not None}
        team = self._organisation.teams.get(endpoint.team) if self._organisation else None
        environment = self._environments.get(self._name)
        if team is None or environment is None or len(models) < len(set(names)):
            return None
        prefix = environment.name_prefix
        entry = Entry(
            name=name,
            endpoint_name=f"{prefix}-{name}" if prefix else name,
            endpoint=endpoint,
            models=models,
            team=team,
            origin=origin,
        )
        return self._decided(entry) if undecided(endpoint.serving) else entry

    def _decided(self, entry: Entry) -> Entry | None:
        """An entry that says `instance: auto`, on the instance that is locked."""
        endpoint = entry.endpoint
        locked = self._lock.of(self._name, entry.name) if self._lock else None
        if locked is not None and endpoint.kind != "serverless":
            decided = endpoint.model_copy(update={"serving": locked.applied(endpoint.serving)})
            return replace(entry, endpoint=decided, locked=locked, stated=endpoint)
        if self._allow_undecided:
            return entry
        # A lock that cannot be read says so itself.
        if self._lock is not None:
            message = (
                f"instance is auto, and nothing is locked for {entry.name} in {self._name}: run "
                f"`modelyard lock {entry.name} --environment {self._name}` and commit instances.lock.json"
            )
            self._problems.append(Problem.at(entry.origin.position(("serving", "instance")), NOT_LOCKED, message))
        return None

    def _typed(self, model: type[_T], document: Document | None) -> _T | None:
        return self._validated(model, document.values, Origin((Layer(document),))) if document else None

    def _validated(
        self, model: type[_T], values: Table, origin: Origin, *, kind: str | None = None, partial: bool = False
    ) -> _T | None:
        """The typed table; a partial one is only checked for what it does say."""
        try:
            return model.model_validate(values)
        except ValidationError as invalid:
            for said in sentences_of(invalid.errors(include_url=False), model=model, kind=kind):
                if not (partial and said.rule_id == MISSING_KEY):
                    position = origin.position(said.location, key=said.at_key)
                    self._problems.append(Problem.at(position, said.rule_id, said.message))
            return None

    def _report_kind(self, own: Document, kind: object) -> None:
        allowed = one_of(KINDS)
        if kind is None:
            rule_id, message = MISSING_KEY, f"kind is missing: write kind: one of {allowed}"
        else:
            hint = did_you_mean(kind, KINDS) if isinstance(kind, str) else ""
            rule_id, message = WRONG_VALUE, f"kind is {shown(kind)}, allowed are {allowed}{hint}"
        self._problems.append(Problem.at(own.position(("kind",)), rule_id, message))

    def _report(self, path: Path, rule_id: str, message: str) -> None:
        self._problems.append(Problem.in_file(path, rule_id, message))
