"""One file of a catalog, read without the rest of it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from modelyard.catalog.document import read_document
from modelyard.catalog.merge import Layer, Origin
from modelyard.catalog.problem import CatalogErrors, Problem
from modelyard.catalog.sentences import sentences_of

_T = TypeVar("_T", bound=BaseModel)


def read_alone(path: Path, model: type[_T]) -> _T:
    """What a file describes.

    Raises:
        CatalogErrors: with everything that is wrong in it.
    """
    problems: list[Problem] = []
    document = read_document(path, problems)
    if document is None:
        raise CatalogErrors(problems)
    try:
        return model.model_validate(document.values)
    except ValidationError as invalid:
        origin = Origin((Layer(document),))
        for said in sentences_of(invalid.errors(include_url=False), model=model, kind=None):
            problems.append(Problem.at(origin.position(said.location, key=said.at_key), said.rule_id, said.message))
        raise CatalogErrors(problems) from None
