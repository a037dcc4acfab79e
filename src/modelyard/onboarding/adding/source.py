"""What a person means by the argument of `modelyard add`: a model that is here, a path, S3, the hub or JumpStart."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from modelyard.catalog.forms import MODEL_NAME_PATTERN
from modelyard.catalog.model_file import read_model
from modelyard.catalog.problem import CatalogErrors
from modelyard.catalog.regular_file import MIB, UnreadableFile, read_regular
from modelyard.catalog.schema import FolderSource, HubSource, S3Source
from modelyard.catalog.suggestion import did_you_mean
from modelyard.onboarding.adding.aws_files import reading_from_aws, s3_client
from modelyard.onboarding.adding.facts import FoundModel, Stated, found_model
from modelyard.onboarding.adding.jumpstart import jumpstart_model, looks_like_jumpstart, own_name
from modelyard.onboarding.adding.licence import StatedLicence
from modelyard.onboarding.adding.naming import name_on_disk
from modelyard.onboarding.adding.place import Bucket, Folder, Hub, NewEntryPlace
from modelyard.shell.checkout import ROOT
from modelyard.shell.failure import Failure

# Facts of models that this project has read, for whoever runs it from a checkout.
SHIPPED = ROOT / "catalog"
_HUB_ID = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)(@(?P<revision>[\w.-]+))?")
_HUB_LINE = re.compile(r"^weights: *\{ *hub: *(?P<hub>[\w./-]+)", re.MULTILINE)
_WEIGHT_FILES = ("*.safetensors", "*.bin", "*.gguf", "*.pt")


@dataclass(frozen=True, kw_only=True)
class Known:
    """A model that some catalog describes already; `shipped` says that it is this project's and not the reader's."""

    name: str
    folder: Path
    shipped: bool


@dataclass(frozen=True, kw_only=True)
class AskedModel:
    """The command line as far as it is about the model."""

    source: str
    folder: Path
    endpoint_name: str | None
    model_name: str | None
    weights: str | None
    stated: Stated
    today: date


def known_model(source: str, folder: Path) -> Known | None:
    """The model of the catalog, or of those that the project ships, that a name or a hub's or JumpStart's id means."""
    for place, shipped in ((folder, False), (SHIPPED, True)):
        names = _names(place)
        found = names.get(source.lower()) or (
            names.get(_plain(own_name(source))) if looks_like_jumpstart(source) else None
        )
        if found is not None:
            return Known(name=found, folder=place, shipped=shipped and place.resolve() != folder.resolve())
    return None


def new_model(asked: AskedModel, *, region: str) -> FoundModel:
    """The facts of a model that no catalog describes.

    Raises:
        Failure: when nothing is meant by the argument, or what is meant cannot be read.
    """
    source = asked.source
    if source.startswith("s3://"):
        with reading_from_aws(source):
            return _in_bucket(asked, s3_client(region))
    path = Path(source).expanduser()
    if source.strip() and path.exists():
        return _on_disk(asked, path)
    if source.endswith(".json") or source.startswith((".", "/", "~")):
        raise Failure(f"there is nothing at {source}: give a config.json, or the folder that holds one")
    hub = _HUB_ID.fullmatch(source)
    if hub:
        return _on_the_hub(asked, hub["repository"], hub["revision"])
    if looks_like_jumpstart(source):
        with reading_from_aws(source):
            found = jumpstart_model(s3_client(region, public=True), source, region=region)
            weights = S3Source(s3=found.bucket.origin)
            return _found(asked, found.bucket, own_name(source), weights, licence=found.licence)
    raise Failure(
        f"{source[:80] or 'an empty word'} is no file, no s3:// address, no owner/model of the hub, no JumpStart id "
        f"and no model that is known here{did_you_mean(source, _names(SHIPPED).values())}"
    )


def _in_bucket(asked: AskedModel, client: Any) -> FoundModel:
    bucket, _, key = asked.source.removeprefix("s3://").partition("/")
    prefix = key.removesuffix("config.json")
    if prefix and not prefix.endswith("/"):
        prefix += "/"
    weights = _s3_source(f"s3://{bucket}/{prefix}", said=asked.source[:80])
    place = Bucket(client=client, bucket=bucket, prefix=prefix)
    name = prefix.rstrip("/").rpartition("/")[2] or bucket
    return _found(asked, place, name, weights)


def _s3_source(address: str, *, said: str) -> S3Source:
    try:
        return S3Source(s3=address)
    except ValidationError:
        raise Failure(
            f"{said}, which names no bucket and prefix: write s3://bucket/prefix/, with 3 to 63 lower-case letters, "
            "digits, hyphens or points for the bucket"
        ) from None


def _on_disk(asked: AskedModel, path: Path) -> FoundModel:
    if path.is_file() and path.suffix != ".json":
        raise Failure(f"{path} is no config.json: give the one that lies beside a model's weights, or its folder")
    folder, config = (path, "config.json") if path.is_dir() else (path.parent, path.name)
    place = Folder(path=folder, config=config)
    own = name_on_disk(path, place.read("config.json"), endpoint=asked.endpoint_name)
    weights = FolderSource(folder=_relative(folder.resolve(), asked.folder))
    found = _found(asked, place, own.text, weights)
    return found if asked.model_name else replace(found, named_after=own.after)


def _on_the_hub(asked: AskedModel, repository: str, revision: str | None) -> FoundModel:
    place = Hub(repository=repository, revision=revision or "main")
    if place.read("config.json") is None:
        raise Failure(
            f"{place.origin} has no config.json (or is no public repository): check the name; a gated model needs "
            "HF_TOKEN"
        )
    pinned = revision if revision and re.fullmatch("[0-9a-f]{7,64}", revision) else None
    return _found(asked, place, repository.partition("/")[2], HubSource(hub=repository, revision=pinned))


def _found(
    asked: AskedModel,
    place: NewEntryPlace,
    own_name: str,
    weights: HubSource | S3Source | FolderSource,
    *,
    licence: StatedLicence | None = None,
) -> FoundModel:
    name = asked.model_name or model_name(own_name)
    if not re.fullmatch(MODEL_NAME_PATTERN, name) or len(name) > 63:
        raise Failure(
            f"{name[:80] or 'nothing'} cannot name a model (lower-case letters, digits, single hyphens or points, at "
            "most 63): say --model-name"
        )
    if asked.weights is not None:
        weights = _named_weights(asked.weights, asked.folder)
    return found_model(place, name=name, weights=weights, stated=asked.stated, licence=licence, today=asked.today)


def model_name(text: str) -> str:
    """A name of the form that the catalog takes, from one that a folder or a repository has."""
    return re.sub(r"([-.])[-.]+", r"\1", re.sub(r"[^a-z0-9.]+", "-", text.lower())).strip("-.")[:63].strip("-.")


def _named_weights(text: str, folder: Path) -> HubSource | S3Source | FolderSource:
    if text.startswith("s3://"):
        return _s3_source(text if text.endswith("/") else f"{text}/", said=f"--weights is {text[:80]}")
    path = Path(text).expanduser()
    if path.exists():
        return FolderSource(folder=_relative(path.resolve(), folder))
    if _HUB_ID.fullmatch(text):
        return HubSource(hub=text)
    raise Failure(
        f"--weights is {text[:80]}: give s3://bucket/prefix/, owner/model of the hub, or a folder that exists"
    )


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder.resolve())).as_posix()


def has_weights(folder: Path) -> bool:
    """Whether a folder holds weights, and not only the configuration of some."""
    return any(next(folder.glob(pattern), None) for pattern in _WEIGHT_FILES)


def _names(folder: Path) -> Mapping[str, str]:
    """The models of a catalog by every name that means them: the file's, the hub's, and the file's without points."""
    names: dict[str, str] = {}
    for path in sorted(folder.glob("models/*.yaml")):
        names[path.stem] = names[_plain(path.stem)] = path.stem
        try:
            text = read_regular(path, most_bytes=MIB).decode("utf-8", errors="replace")
        except (OSError, UnreadableFile):
            continue  # whoever asks for this model is told
        hub = _HUB_LINE.search(text)
        if hub:
            names.setdefault(hub["hub"].lower(), path.stem)
    return names


def _plain(name: str) -> str:
    return name.lower().replace(".", "-")


def read_known(known: Known) -> FoundModel:
    """The facts that a catalog has already."""
    try:
        model = read_model(known.folder, known.name)
    except CatalogErrors as errors:
        lines = tuple(str(problem) for problem in errors.problems)
        raise Failure(f"the model {known.name} cannot be read:", details=lines) from errors
    encoder_decoder = model.architecture.encoder_layers is not None
    return FoundModel(
        name=known.name,
        model=model,
        licence_said_by="the model's file",
        notes=(),
        encoder=model.task == "embedding",
        encoder_decoder=encoder_decoder,
    )
