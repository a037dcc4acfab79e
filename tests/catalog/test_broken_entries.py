"""Every file of tests/catalogs/broken is an entry with mistakes; its `# expect` lines are what a person is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from modelyard.catalog.loader import load
from modelyard.catalog.problem import CatalogErrors
from modelyard.rules.engine import judge

BROKEN = sorted((Path(__file__).parents[1] / "catalogs" / "broken").glob("*.yaml"))


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem[:40])
def test_a_broken_entry_is_told_line_by_line(folder, path):
    shutil.copy(path, folder / "endpoints")
    lines = path.read_text("utf-8").splitlines()
    expected = [line.removeprefix("# expect ") for line in lines if line.startswith("# expect ")]
    assert expected
    assert told(folder) == [f"catalog/endpoints/{path.name}:{line}" for line in expected]


def told(folder):
    try:
        return [str(finding) for finding in judge(load(folder, "local")).findings]
    except CatalogErrors as errors:
        return [str(problem) for problem in errors.problems]
