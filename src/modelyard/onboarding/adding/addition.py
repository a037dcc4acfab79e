"""One run of `modelyard add`: from what is asked to the texts of the files, and what a check says of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import get_args

from modelyard.catalog.entry import Catalog
from modelyard.catalog.forms import NAME_PATTERN
from modelyard.catalog.problem import shown_path
from modelyard.catalog.regular_file import repository_of
from modelyard.catalog.schema import AUTO, FolderSource, Model, Organisation
from modelyard.catalog.suggestion import did_you_mean, one_of
from modelyard.onboarding.adding.endpoint_text import NewEndpoint, endpoint_text, licence_version
from modelyard.onboarding.adding.facts import FoundModel, Stated
from modelyard.onboarding.adding.model_text import model_text
from modelyard.onboarding.adding.sizing import EndpointKind, SizedModel, Wishes, sized
from modelyard.onboarding.adding.source import (
    SHIPPED,
    AskedModel,
    Known,
    has_weights,
    known_model,
    new_model,
    read_known,
)
from modelyard.onboarding.locking.locking import Wanted, changes, write_lock
from modelyard.pricing.terms import Terms
from modelyard.rules.reading import read as read_and_judge
from modelyard.rules.rule import Finding
from modelyard.shell.catalog_files import environment_names, read_sound
from modelyard.shell.failure import Failure
from modelyard.staging.weights_folder import may_stage

_LICENCE_RULE = "MY038"


@dataclass(frozen=True, kw_only=True)
class Request:
    """The command line."""

    source: str
    folder: Path
    environment: str | None
    name: str | None
    model_name: str | None
    team: str | None
    kind: str
    context: int | None
    concurrency: int | None
    engine: str | None
    image: str | None
    instance: str | None
    weights: str | None
    stated: Stated
    today: date


@dataclass(frozen=True, kw_only=True)
class Addition:
    """What is to be written: one file where the catalog has the model already, two otherwise.

    `advice` says of each what to do where a file is there already.
    """

    found: FoundModel
    size: SizedModel
    endpoint_name: str
    texts: dict[Path, str]
    advice: dict[Path, str]

    @property
    def licence(self) -> str | None:
        """The version of a licence that somebody must accept."""
        return licence_version(self.found.model)


def addition(request: Request) -> Addition:
    """Everything that is to be written, in memory.

    Raises:
        Failure: when something that was asked for cannot be had.
    """
    kind = _kind(request.kind)
    open_instance = request.instance == AUTO and kind != "serverless"
    catalog = _catalog(request)
    team = _team(request.team, catalog.organisation)
    known = known_model(request.source, request.folder)
    found = _found(request, known, catalog)
    name = _endpoint_name(request.name or re.sub(r"[.]", "-", found.name), catalog)
    wishes = Wishes(
        kind=kind,
        region=catalog.environment.region,
        terms=Terms.of(catalog.organisation, on=request.today),
        context=request.context,
        concurrency=request.concurrency,
        engine=request.engine,
        image=request.image,
        instance=None if open_instance else request.instance,
    )
    size = sized(found, wishes)
    new = NewEndpoint(
        name=name,
        kind=kind,
        team=team,
        region=catalog.environment.region,
        image=request.image,
        source=request.source if "/" not in request.source or ":" in request.source else _short(request.source),
        day=request.today.isoformat(),
        open_instance=open_instance,
    )
    endpoint_path = request.folder / "endpoints" / f"{name}.yaml"
    texts = {endpoint_path: endpoint_text(new, found, size, with_schema=_has_schema(request.folder, "endpoint"))}
    advice = {endpoint_path: "say another --name"}
    if known is None or known.shipped:
        model_path = request.folder / "models" / f"{found.name}.yaml"
        advice[model_path] = f"`modelyard add {found.name}` makes another endpoint of it; --model-name names a new one"
        texts[model_path] = _model_file(request, known, found)
    return Addition(found=found, size=size, endpoint_name=name, texts=texts, advice=advice)


def lock_instance(added: Addition, request: Request) -> str | None:
    """Lock the new endpoint's `instance: auto`; why it cannot be locked, where it cannot."""
    names = [request.environment] if request.environment else environment_names(request.folder)
    wanted = Wanted(names=frozenset({added.endpoint_name}), update=False, fallbacks=None)
    try:
        found = changes(request.folder, names, wanted, today=request.today)
        write_lock(request.folder, found, every_environment=False)
    except Failure as failure:
        return failure.sentence
    return None


def findings(added: Addition, request: Request) -> list[Finding]:
    """What a check of the catalog says about the new files, in every environment that was meant."""
    paths = {shown_path(path) for path in added.texts}
    names = [request.environment] if request.environment else environment_names(request.folder)
    told = {
        finding for name in names for finding in read_and_judge(request.folder, name).findings if finding.path in paths
    }
    return sorted(told)


def only_licence(found: Iterable[Finding]) -> bool:
    """Whether nothing but an acceptance is missing."""
    return all(finding.rule == _LICENCE_RULE or finding.severity == "warning" for finding in found)


def _kind(text: str) -> EndpointKind:
    for known in get_args(EndpointKind):
        if text == known:
            kind: EndpointKind = known
            return kind
    allowed = get_args(EndpointKind)
    raise Failure(f"--kind is {text[:40]}, allowed are {one_of(allowed)}{did_you_mean(text, allowed)}")


def _catalog(request: Request) -> Catalog:
    """The catalog of the environment whose region decides; all of them where they share one."""
    if request.environment is not None:
        return read_sound(request.folder, request.environment, allow_undecided=True)
    catalog = read_sound(request.folder, environment_names(request.folder)[0], allow_undecided=True)
    regions = {environment.region for environment in catalog.environments.values()}
    if len(regions) > 1:
        raise Failure(f"which region? The environments have {one_of(sorted(regions))}: say --environment")
    return catalog


def _team(text: str | None, organisation: Organisation) -> str:
    teams = sorted(organisation.teams)
    if text is None and len(teams) == 1:
        return teams[0]
    if text is None:
        raise Failure(f"whose endpoint is it? Say --team with one of {one_of(teams)}")
    if text not in teams:
        raise Failure(f"--team is {text[:40]}, organisation.yaml knows {one_of(teams)}{did_you_mean(text, teams)}")
    return text


def _found(request: Request, known: Known | None, catalog: Catalog) -> FoundModel:
    if known is not None:
        if request.model_name not in (None, known.name) or request.weights is not None:
            raise Failure(
                f"{request.source} is {known.name}, whose facts are written down already: leave out --model-name and "
                "--weights, or give a folder with its config.json as a path, such as "
                f"./{Path(request.source).name or 'folder'}"
            )
        return read_known(known)
    asked = AskedModel(
        source=request.source,
        folder=request.folder,
        endpoint_name=request.name,
        model_name=request.model_name,
        weights=request.weights,
        stated=request.stated,
        today=request.today,
    )

    return new_model(asked, region=catalog.environment.region)


def _endpoint_name(name: str, catalog: Catalog) -> str:
    if not re.fullmatch(NAME_PATTERN, name) or len(name) > 63:
        raise Failure(
            f"{name[:80]} cannot name an endpoint (lower-case letters, digits, single hyphens, at most 63): say --name"
        )
    prefix = catalog.environment.name_prefix
    if prefix and len(f"{prefix}-{name}") > 63:
        raise Failure(
            f"{prefix}-{name} has {len(prefix) + 1 + len(name)} characters, at most 63 are allowed: say --name"
        )
    return name


def _model_file(request: Request, known: Known | None, found: FoundModel) -> str:
    if known is not None:
        text = (SHIPPED / "models" / f"{known.name}.yaml").read_text("utf-8")
        kept = text if _has_schema(request.folder, "model") else _without_schema(text)
        return _moved(kept, found.model, request.folder)
    remarks = []
    if isinstance(found.model.weights, FolderSource):
        folder = request.folder / found.model.weights.folder
        if not has_weights(folder):
            remarks.append(
                "No weights lie in that folder: put them there, or write where they are, before `modelyard stage`."
            )
        elif not may_stage(folder, within=repository_of(request.folder)):
            remarks.append(
                "That folder lies outside of the catalog's repository: stage it with `modelyard stage --from FOLDER`."
            )
    return model_text(found, with_schema=_has_schema(request.folder, "model"), remarks=tuple(remarks))


def _moved(text: str, model: Model, folder: Path) -> str:
    """A shipped file, in a catalog that lies elsewhere: a relative path in it means another place there."""
    if not isinstance(model.weights, FolderSource):
        return text
    moved = Path(os.path.relpath((SHIPPED / model.weights.folder).resolve(), folder.resolve())).as_posix()
    return text.replace(model.weights.folder, moved)


def _without_schema(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("# yaml-language-server"))


def _has_schema(folder: Path, name: str) -> bool:
    return (folder / "schema" / f"{name}.schema.json").exists()


def _short(source: str) -> str:
    """A path without whose disk it lies on; a hub's id as it is."""
    return source if source.count("/") == 1 and not Path(source).exists() else Path(source).name
