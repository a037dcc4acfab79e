"""Facts about a model, from the files that lie where its weights do."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from modelyard.capacity.weights import BYTES
from modelyard.catalog.schema import Architecture, Facts, FolderSource, HubSource, Licence, Model, S3Source
from modelyard.onboarding.adding.counting import counted_parameters
from modelyard.onboarding.adding.licence import StatedLicence, licence_on_card, unknown_licence
from modelyard.onboarding.adding.model_config import ModelConfig, read_config
from modelyard.onboarding.adding.place import NewEntryPlace
from modelyard.onboarding.adding.quantisation import Format, weight_format
from modelyard.onboarding.adding.shape import Shape, read_shape
from modelyard.onboarding.adding.stored_weights import StoredWeights, stored_weights
from modelyard.shell.failure import Failure

Task = Literal["chat", "text-generation", "embedding"]
_CHATS = re.compile(r"(^|[-_.])(instruct|chat|it|assistant|zephyr|thinking)([-_.]|$)", re.IGNORECASE)
_EMBEDS = re.compile(r"(^|[-_.])(embed|embedding|embeddings|bge|gte|e5|reranker|rerank)([-_.]|$)", re.IGNORECASE)
# What is stored may differ this much from what is counted before somebody has to look.
_TOLERANCE = 0.05


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What a person says on the command line; it wins over what files say."""

    task: Task | None = None
    parameters: int | None = None
    licence: Licence | None = None
    context: int | None = None


@dataclass(frozen=True, kw_only=True)
class FoundModel:
    """A model as the catalog describes it, and remarks for whoever reads its file.

    `named_after` says what gave it its name where nobody stated one.
    """

    name: str
    model: Model
    licence_said_by: str | None
    notes: tuple[str, ...]
    encoder: bool
    encoder_decoder: bool
    named_after: str | None = None


def found_model(
    place: NewEntryPlace,
    *,
    name: str,
    weights: HubSource | S3Source | FolderSource,
    stated: Stated,
    licence: StatedLicence | None,
    today: date,
) -> FoundModel:
    """The facts at a place.

    Raises:
        Failure: when there is no config.json, or one that cannot be sized.
    """
    content = place.read("config.json")
    if content is None:
        raise Failure(f"no config.json in {place.origin}: give the folder that holds the model's own")
    config = read_config(content, place.config_name)
    shape = read_shape(config, context=stated.context)
    form = weight_format(config)
    size = stored_weights(place)
    parameters, notes = _parameters(config, shape, form, size, stated.parameters)
    said = licence or licence_on_card(place)
    task = stated.task or _task(place, config, shape, name)
    model = Model(
        family=config.model_type.replace("_", "-"),
        task=task,
        parameters=parameters,
        dtype=form.dtype,
        quantisation_group_size=form.group_size,
        checkpoint_bytes=size.size_bytes if size and form.dtype not in BYTES else None,
        architecture=_architecture(shape, task),
        licence=stated.licence or (said.licence if said else unknown_licence(place.origin)),
        weights=weights,
        facts=Facts(
            sources=(f"{place.origin} (config.json with SHA-256 {hashlib.sha256(content).hexdigest()[:16]})",),
            checked_on=today,
            status="stated",
        ),
    )
    said_by = "the command line of `modelyard add`" if stated.licence else (said.said_by if said else None)
    return FoundModel(
        name=name,
        model=model,
        licence_said_by=said_by,
        notes=(f"dtype: {form.note}.", *notes, *(f"{note}." for note in shape.notes)),
        encoder=shape.family.kind == "encoder",
        encoder_decoder=bool(shape.encoder_layers),
    )


def _parameters(
    config: ModelConfig, shape: Shape, form: Format, size: StoredWeights | None, stated: int | None
) -> tuple[int, list[str]]:
    """The number of parameters, and how it came about: said, stored or counted."""
    if stated is not None:
        return stated, ["parameters: as --parameters says."]
    positions = config.number("max_position_embeddings", "n_positions") or 0
    counted = counted_parameters(shape, positions=positions, token_types=config.number("type_vocab_size") or 0)
    if size is None:
        return counted, ["parameters: counted from these shapes."]
    if size.parameters is not None:
        stored: int | None = size.parameters
    else:
        stored = size.size_bytes // BYTES[form.dtype] if form.dtype in BYTES else None
    if stored is None:
        return counted, [f"parameters: counted from these shapes; bytes: from {size.source}."]
    if shape.known_family and abs(stored / counted - 1) > _TOLERANCE:
        remark = f"parameters: counted from these shapes; {size.source} would make it {stored}: look which is right."
        return counted, [remark]
    return stored, [f"parameters: from {size.source}; the shapes alone make {counted}."]


def _task(place: NewEntryPlace, config: ModelConfig, shape: Shape, name: str) -> Task:
    if shape.family.kind == "encoder" or place.read("modules.json") is not None:
        return "embedding"
    if not config.writes or _EMBEDS.search(name):
        return "embedding"
    if _CHATS.search(name) or place.read("chat_template.jinja") is not None or _has_chat_template(place):
        return "chat"
    return "text-generation"


def _has_chat_template(place: NewEntryPlace) -> bool:
    content = place.read("tokenizer_config.json")
    try:
        found: Any = json.loads(content) if content else None
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and bool(found.get("chat_template"))


def _architecture(shape: Shape, task: Task) -> Architecture:
    # An embedding keeps no cache, so that no window and no latent saves any.
    if task != "embedding":
        return shape.architecture
    return shape.architecture.model_copy(update={"sliding_window": None, "sliding_window_layers": None})
