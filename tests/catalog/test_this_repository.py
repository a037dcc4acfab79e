"""The catalog that lies in this repository, whoever's entries it holds: every environment loads and can deploy."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelyard.catalog.loader import load
from modelyard.rules.engine import judge

CATALOG = Path(__file__).parents[2] / "catalog"
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


def test_the_tests_hold_the_models_that_the_project_ships():
    copies = sorted((Path(__file__).parents[1] / "catalogs" / "shipped" / "models").glob("*.yaml"))
    shipped = [CATALOG / "models" / copy.name for copy in copies]
    if not all(path.is_file() for path in shipped):
        pytest.skip("another company's catalog: the tests keep to their copies of the project's models")
    differing = [copy.name for copy, path in zip(copies, shipped, strict=True) if copy.read_text() != path.read_text()]
    assert not differing, "copy them from catalog/models to tests/catalogs/shipped/models"
    assert {path.name for path in shipped} == {path.name for path in (CATALOG / "models").glob("*.yaml")}
