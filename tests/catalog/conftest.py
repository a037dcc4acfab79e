"""The four-kinds catalog of the tests, as a copy that a test may break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

CATALOGS = Path(__file__).parents[1] / "catalogs"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A writable copy of the four-kinds catalog, called `catalog` and seen from its parent."""
    copy = tmp_path / "catalog"
    shutil.copytree(CATALOGS / "four-kinds", copy)
    monkeypatch.chdir(tmp_path)
    return Path("catalog")
