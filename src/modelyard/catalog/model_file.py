"""The facts of one model, read without the rest of the catalog."""

from __future__ import annotations

from pathlib import Path

from modelyard.catalog.lone_file import read_alone
from modelyard.catalog.problem import UNKNOWN_NAME, CatalogErrors, Problem
from modelyard.catalog.schema import Model
from modelyard.catalog.suggestion import did_you_mean, one_of, shown


def read_model(folder: Path, name: str) -> Model:
    """The model of a catalog folder's models/<name>.yaml.

    Raises:
        CatalogErrors: when there is no such file, or with everything that is wrong in it.
    """
    known = sorted(path.stem for path in folder.glob("models/*.yaml"))
    if name not in known:
        message = (
            f"there is no model {shown(name)}{did_you_mean(name, known) or f'; those that exist: {one_of(known)}'}"
        )
        raise CatalogErrors([Problem.in_file(folder / "models" / f"{shown(name)}.yaml", UNKNOWN_NAME, message)])
    return read_alone(folder / "models" / f"{name}.yaml", Model)
