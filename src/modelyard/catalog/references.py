"""The names by which an entry refers to others: its team and its models."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from modelyard.catalog.document import Key, Table
from modelyard.catalog.forms import MODEL_NAME_PATTERN, NAME_PATTERN
from modelyard.catalog.merge import Origin
from modelyard.catalog.problem import UNKNOWN_NAME, Problem
from modelyard.catalog.suggestion import did_you_mean, one_of, shown


def unknown_references(
    values: Table, origin: Origin, *, teams: Collection[str] | None, models: Mapping[str, object]
) -> Iterator[Problem]:
    """A problem for each name that nobody bears; a name of the wrong form is the type's to refuse.

    It reads the values as they are written, so that an entry with other mistakes is told these as well. `teams` is None
    where organisation.yaml cannot be read.
    """
    team = values.get("team")
    if teams is not None and isinstance(team, str) and re.fullmatch(NAME_PATTERN, team) and team not in teams:
        message = f"team {shown(team)} is not in organisation.yaml{_known(team, teams)}"
        yield Problem.at(origin.position(("team",)), UNKNOWN_NAME, message)
    for place, model in _model_places(values):
        if isinstance(model, str) and re.fullmatch(MODEL_NAME_PATTERN, model) and model not in models:
            message = f"model {shown(model)} is not in models/{_known(model, models)}"
            yield Problem.at(origin.position(place), UNKNOWN_NAME, message)


def _model_places(values: Table) -> Iterator[tuple[tuple[Key, ...], object]]:
    if "model" in values:
        yield ("model",), values["model"]
    listed = values.get("models")
    if isinstance(listed, tuple):
        yield from ((("models", index), model) for index, model in enumerate(listed))


def _known(name: str, known: Collection[str]) -> str:
    """What a wrong name was probably meant to be; what there is, where nothing comes close."""
    return did_you_mean(name, known) or (f", which knows {one_of(sorted(known))}" if known else ", which is empty")
