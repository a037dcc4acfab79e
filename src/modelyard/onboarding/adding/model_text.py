"""The file of a new model, as a person would have written it."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.schema import Architecture, FolderSource, HubSource, Licence, Model, S3Source
from modelyard.onboarding.adding.facts import FoundModel
from modelyard.onboarding.adding.licence import UNKNOWN
from modelyard.onboarding.adding.yaml_text import remark, scalar

_SCHEMA = "# yaml-language-server: $schema=../schema/model.schema.json"


def model_text(found: FoundModel, *, with_schema: bool, remarks: tuple[str, ...] = ()) -> str:
    """The whole file."""
    return "\n".join(_lines(found, with_schema=with_schema, remarks=remarks)) + "\n"


def _lines(found: FoundModel, *, with_schema: bool, remarks: tuple[str, ...]) -> Iterator[str]:
    model = found.model
    if with_schema:
        yield _SCHEMA
    for text in (*found.notes, *remarks):
        yield from remark(text)
    yield f"family: {scalar(model.family)}"
    yield f"task: {model.task}"
    yield f"parameters: {model.parameters}"
    yield f"dtype: {model.dtype}"
    if model.quantisation_group_size is not None:
        yield f"quantisation_group_size: {model.quantisation_group_size}"
    if model.checkpoint_bytes is not None:
        yield f"checkpoint_bytes: {model.checkpoint_bytes}"
    yield "architecture:"
    yield from _architecture(model.architecture)
    yield from _licence(model.licence, found.licence_said_by)
    yield f"weights: {_weights(model)}"
    yield "facts:"
    yield "  sources:"
    for source in model.facts.sources:
        yield f"    - {scalar(source)}"
    yield f'  checked_on: "{model.facts.checked_on.isoformat()}"'
    yield f"  status: {model.facts.status}"


def _architecture(shape: Architecture) -> Iterator[str]:
    for key, value in shape.model_dump().items():
        if value is not None and value is not False:
            yield f"  {key}: {scalar(value)}"


def _licence(licence: Licence, said_by: str | None) -> Iterator[str]:
    if licence.name == UNKNOWN:
        yield from remark(
            "Nobody here says under which licence it may be used: find it out, and write its name and address. Until "
            "then `modelyard check` refuses every endpoint of this model."
        )
    elif said_by is not None:
        yield from remark(f"Stated by {said_by}.")
    keys = {"name": licence.name, "url": licence.url, "acceptance": licence.acceptance, "version": licence.version}
    if licence.acceptance == "none":
        del keys["acceptance"]
    said = ", ".join(f"{key}: {_flow(value)}" for key, value in keys.items() if value is not None)
    yield f"licence: {{{said}}}"


def _flow(value: str) -> str:
    # A colon inside a plain scalar of a flow table is legal and reads badly: addresses are quoted.
    return f'"{value}"' if "://" in value and '"' not in value else scalar(value)


def _weights(model: Model) -> str:
    match model.weights:
        case HubSource(hub=hub, revision=revision):
            pinned = f', revision: "{revision}"' if revision else ""
            return f"{{hub: {scalar(hub)}{pinned}}}"
        case S3Source(s3=address):
            return f"{{s3: {_flow(address)}}}"
        case FolderSource(folder=folder):
            return f"{{folder: {scalar(folder)}}}"
