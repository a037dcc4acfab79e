"""Models to size: made for one test, or the facts that the project ships."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelyard.catalog.model_file import read_model
from modelyard.catalog.schema import Model

CATALOG = Path(__file__).parents[1] / "catalogs" / "shipped"
_ARCHITECTURE = {
    "layers": 4,
    "hidden_size": 256,
    "attention_heads": 8,
    "kv_heads": 4,
    "head_dim": 32,
    "intermediate_size": 1024,
    "vocabulary_size": 1000,
    "max_context_tokens": 4096,
}
MakeModel = Callable[..., Model]


@pytest.fixture(scope="session")
def make_model() -> MakeModel:
    """A small decoder; keywords replace what it is made of, those of its architecture by their own names."""

    def make(**changes: Any) -> Model:
        outer = {name: changes.pop(name) for name in tuple(changes) if name in Model.model_fields}
        return Model.model_validate(
            {
                "family": "test",
                "task": "chat",
                "parameters": 4_000_000,
                "dtype": "float16",
                "architecture": {**_ARCHITECTURE, **changes},
                "licence": {"name": "apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
                "weights": {"hub": "test/test"},
                "facts": {"sources": ("made for a test",), "checked_on": "2026-11-21", "status": "stated"},
                **outer,
            }
        )

    return make


@pytest.fixture(scope="session")
def shipped() -> Callable[[str], Model]:
    """The facts of a model in the project's own catalog."""
    return lambda name: read_model(CATALOG, name)
