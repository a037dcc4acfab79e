"""The catalog that lies in this repository, whoever's entries it holds: every environment loads and can deploy."""

from __future__ import annotations

from pathlib import Path

import pytest

import catalog.loader
from catalog.loader import load
from rules.engine import judge

CATALOG = Path(catalog.loader.__file__).parent
ENVIRONMENTS = sorted(path.stem for path in (CATALOG / "environments").glob("*.yaml"))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_environment_passes_every_rule(environment):
    loaded = load(CATALOG, environment)
    assert [str(finding) for finding in judge(loaded).findings if finding.severity == "error"] == []


@pytest.mark.parametrize("path", sorted(CATALOG.rglob("*.yaml")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_file_that_names_a_schema_for_editors_names_one_that_exists(path):
    prefix = "# yaml-language-server: $schema="
    named = [line.removeprefix(prefix) for line in path.read_text("utf-8").splitlines() if line.startswith(prefix)]
    assert all((path.parent / name).is_file() for name in named)
